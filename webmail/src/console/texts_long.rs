//! What the console says with figures and names in it, and its lists.

use failover::{Phase, RunKind, Step, Verdict};
use store::directory::CredentialKind;

use super::desk::Preview;
use crate::Lang;

/// English, French, German.
const fn one_of(lang: Lang, texts: [&'static str; 3]) -> &'static str {
    let [en, fr, de] = texts;
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
        Lang::De => de,
    }
}

const FENCE: [[&str; 3]; 4] = [
    [
        "Port 25 of the primary is closed from outside, and its receive connectors are disabled.",
        "Le port 25 du système principal est fermé de l’extérieur, et ses connecteurs de réception sont désactivés.",
        "Port 25 des Primärsystems ist von außen geschlossen, und seine Empfangsconnectors sind deaktiviert.",
    ],
    [
        "It sends no mail any more: send connectors disabled, or outbound port 25 closed at the firewall.",
        "Il n’envoie plus rien\u{a0}: connecteurs d’envoi désactivés, ou port 25 sortant fermé au pare-feu.",
        "Es sendet nichts mehr: Sendeconnectors deaktiviert oder ausgehender Port 25 an der Firewall geschlossen.",
    ],
    [
        "Direct delivery to it by name (such as *.mail.protection.outlook.com) is refused.",
        "La remise directe par son nom (par exemple *.mail.protection.outlook.com) est refusée.",
        "Direkte Zustellung unter seinem Namen (etwa *.mail.protection.outlook.com) wird abgelehnt.",
    ],
    [
        "Its sessions and tokens are revoked, and staff cannot work there by mistake.",
        "Ses sessions et jetons sont révoqués, et le personnel ne peut pas y travailler par erreur.",
        "Seine Sitzungen und Tokens sind widerrufen, und niemand kann dort versehentlich arbeiten.",
    ],
];
const TELL: [[&str; 3]; 2] = [
    [
        "Everybody knows the address and what to sign in with, or where the counter is.",
        "Chacun connaît l’adresse et ses moyens de connexion, ou sait où est le guichet.",
        "Alle kennen die Adresse und wissen, womit sie sich anmelden oder wo der Schalter ist.",
    ],
    [
        "The notice went out by a way that is not the mailbox.",
        "L’information est passée par une autre voie que la boîte aux lettres.",
        "Die Nachricht ging auf einem anderen Weg als dem Postfach hinaus.",
    ],
];
const BY_HAND: [[&str; 3]; 1] = [[
    "I have changed the records, and seen it at every authoritative name server.",
    "J’ai modifié les enregistrements et je l’ai vérifié sur chaque serveur DNS faisant autorité.",
    "Ich habe die Einträge geändert und es an jedem autoritativen Nameserver gesehen.",
]];
const CLEAN: [[&str; 3]; 4] = [
    [
        "How the attackers came in is known, and that way is closed.",
        "On sait par où les attaquants sont entrés, et cette voie est fermée.",
        "Es ist bekannt, wie die Angreifer hereinkamen, und dieser Weg ist geschlossen.",
    ],
    [
        "The primary was rebuilt or restored from before the clean point, and is patched.",
        "Le système principal a été reconstruit, ou restauré d’avant le point sain, et mis à jour.",
        "Das Primärsystem wurde neu aufgebaut oder von vor dem sauberen Zeitpunkt wiederhergestellt und ist aktualisiert.",
    ],
    [
        "Administrators’ and service passwords are new, and sessions and tokens are revoked.",
        "Les mots de passe d’administration et de service sont nouveaux, sessions et jetons révoqués.",
        "Kennwörter von Administratoren und Diensten sind neu, Sitzungen und Tokens widerrufen.",
    ],
    [
        "Forwarding and mailbox rules, delegations and connectors were looked through.",
        "Les règles de boîte et de transfert, les délégations et les connecteurs ont été passés en revue.",
        "Weiterleitungen, Postfachregeln, Stellvertretungen und Connectors wurden durchgesehen.",
    ],
];

/// A list in one language, made once.
macro_rules! points {
    ($lang:expr, $rows:ident) => {{
        const fn column(lang: Lang) -> [&'static str; $rows.len()] {
            let mut out = [""; $rows.len()];
            let mut number = 0;
            while number < out.len() {
                out[number] = one_of(lang, $rows[number]);
                number += 1;
            }
            out
        }
        const EN: [&str; $rows.len()] = column(Lang::En);
        const FR: [&str; $rows.len()] = column(Lang::Fr);
        const DE: [&str; $rows.len()] = column(Lang::De);
        match $lang {
            Lang::En => &EN,
            Lang::Fr => &FR,
            Lang::De => &DE,
        }
    }};
}

impl Lang {
    /// What has to be ticked before a step counts as done.
    #[must_use]
    #[allow(clippy::indexing_slicing, reason = "at compile time, over the list's own length")]
    pub fn checklist(self, step: Step) -> &'static [&'static str] {
        match step {
            Step::Fence => points!(self, FENCE),
            Step::TellStaff => points!(self, TELL),
            Step::Checklist => points!(self, CLEAN),
            _ => points!(self, BY_HAND),
        }
    }

    /// The state in a word.
    #[must_use]
    pub const fn console_state(self, phase: Phase) -> &'static str {
        match phase {
            Phase::Standby => one_of(self, ["STANDBY", "NORMAL", "NORMALBETRIEB"]),
            Phase::Failover => one_of(self, ["SWITCHING OVER", "BASCULEMENT EN COURS", "UMSCHALTUNG LÄUFT"]),
            Phase::Active => {
                one_of(self, ["ACTIVE: MAIL IS HERE", "BASCULÉ (EN SECOURS)", "UMGESCHALTET (NOTBETRIEB)"])
            }
            Phase::Failback => one_of(self, ["SWITCHING BACK", "RETOUR EN COURS", "RÜCKKEHR LÄUFT"]),
        }
    }

    /// What staff see now.
    #[must_use]
    pub const fn console_staff_see(self, phase: Phase) -> &'static str {
        match phase {
            Phase::Standby => one_of(
                self,
                [
                    "Staff work in their usual mail system; here they can only prepare their access.",
                    "Le personnel travaille dans sa messagerie habituelle\u{a0}; ici, il peut seulement préparer son accès.",
                    "Das Personal arbeitet im gewohnten Mailsystem; hier lässt sich nur der Zugang vorbereiten.",
                ],
            ),
            Phase::Failover => one_of(
                self,
                [
                    "Staff can sign in; mailboxes open as soon as they are laid out.",
                    "Le personnel peut se connecter\u{a0}; les boîtes s’ouvrent dès qu’elles sont prêtes.",
                    "Das Personal kann sich anmelden; Postfächer öffnen sich, sobald sie bereit sind.",
                ],
            ),
            Phase::Active => one_of(
                self,
                [
                    "Staff work here, at their usual addresses.",
                    "Le personnel travaille ici, à ses adresses habituelles.",
                    "Das Personal arbeitet hier, unter den gewohnten Adressen.",
                ],
            ),
            Phase::Failback => one_of(
                self,
                [
                    "Staff go on working here until they are told.",
                    "Le personnel continue à travailler ici jusqu’au signal.",
                    "Das Personal arbeitet hier weiter, bis es Bescheid bekommt.",
                ],
            ),
        }
    }

    /// Since when a run goes on, and who ordered it.
    #[must_use]
    pub fn console_since(self, when: &str, by: &str) -> String {
        match self {
            Self::En => format!("since {when}, ordered by {by}"),
            Self::Fr => format!("depuis {when}, ordonné par {by}"),
            Self::De => format!("seit {when}, angeordnet von {by}"),
        }
    }

    /// Could we take over now?
    #[must_use]
    pub const fn console_verdict(self, verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Ready => {
                one_of(self, ["Yes: ready to take over.", "Oui\u{a0}: prêt à basculer.", "Ja: bereit zum Umschalten."])
            }
            Verdict::NotReady => one_of(
                self,
                ["No: something blocks it.", "Non\u{a0}: quelque chose bloque.", "Nein: Etwas blockiert es."],
            ),
            Verdict::CouldNotTell => {
                one_of(self, ["It could not be told.", "Impossible à dire.", "Das ließ sich nicht feststellen."])
            }
        }
    }

    /// A verdict as the audit log has it.
    #[must_use]
    pub fn console_verdict_word(self, word: &str) -> &'static str {
        match word {
            "ready" => self.console_verdict(&Verdict::Ready),
            "not_ready" => self.console_verdict(&Verdict::NotReady),
            _ => self.console_verdict(&Verdict::CouldNotTell),
        }
    }

    /// What a run is.
    #[must_use]
    pub const fn console_run_kind(self, kind: &RunKind) -> &'static str {
        match kind {
            RunKind::Failover => one_of(self, ["Failover", "Basculement", "Failover"]),
            RunKind::Failback => self.failback_title(),
            RunKind::Drill => self.console_drill(),
        }
    }

    /// The button of a second signature.
    #[must_use]
    pub const fn run_sign(self, kind: &RunKind) -> &'static str {
        match kind {
            RunKind::Failback => one_of(
                self,
                [
                    "Sign that the primary is clean",
                    "Attester que le système principal est sain",
                    "Zeichnen, dass das Primärsystem sauber ist",
                ],
            ),
            _ => one_of(self, ["Sign: take over", "Signer\u{a0}: basculer", "Zeichnen: umschalten"]),
        }
    }

    /// What a step does.
    #[must_use]
    pub const fn step_title(self, step: Step) -> &'static str {
        let [fr, de] = match step {
            Step::FreezeSync => ["Geler la copie", "Abgleich anhalten"],
            Step::RefuseIdentity => {
                ["Refuser les connexions par le système principal", "Anmeldungen über das Primärsystem ablehnen"]
            }
            Step::AcceptMail => ["Accepter le courrier", "Post annehmen"],
            Step::SwapRecords => {
                ["Changer les enregistrements DNS et les vérifier partout", "DNS-Einträge umstellen und überall prüfen"]
            }
            Step::Fence => ["Isoler le système principal", "Primärsystem abschotten"],
            Step::Unseal => ["Desceller les boîtes", "Postfächer entsiegeln"],
            Step::LayOut => ["Composer les boîtes", "Postfächer auslegen"],
            Step::TellStaff => ["Prévenir le personnel", "Personal benachrichtigen"],
            Step::WatchTtl => {
                ["Attendre l’expiration des anciens enregistrements", "Ablauf der alten Einträge abwarten"]
            }
            Step::Checklist => {
                ["Signer que le système principal est sain", "Zeichnen, dass das Primärsystem sauber ist"]
            }
            Step::TakeDelta => {
                ["Reprendre ce que le système principal a de plus", "Übernehmen, was das Primärsystem mehr hat"]
            }
            Step::Push => ["Reporter vers le système principal", "Ans Primärsystem übertragen"],
            Step::SwapBack => {
                ["Rétablir les enregistrements DNS et les vérifier", "DNS-Einträge zurückstellen und prüfen"]
            }
            Step::Drain => [
                "Vider la file, laisser expirer les enregistrements",
                "Warteschlange leeren, alte Einträge ablaufen lassen",
            ],
            Step::PushLast => ["Reporter ce qui est arrivé entre-temps", "Zwischenzeitliches übertragen"],
            Step::Reconcile => ["Compter chaque boîte au système principal", "Jedes Postfach am Primärsystem zählen"],
            Step::Close => ["Ne plus accepter de courrier", "Keine Post mehr annehmen"],
            Step::PushFinal => ["Reporter les derniers arrivés", "Letzte Eingänge übertragen"],
            Step::End => [
                "Fermer les sessions, renouveler les clés, sceller",
                "Sitzungen beenden, Schlüssel erneuern, versiegeln",
            ],
            Step::ThawSync => ["Suivre à nouveau le système principal", "Dem Primärsystem wieder folgen"],
        };
        one_of(self, [step.title(), fr, de])
    }

    /// What a step does, as a line of its own begins.
    #[must_use]
    pub fn step_heading(self, step: Step) -> String {
        let mut letters = self.step_title(step).chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// A step under way.
    #[must_use]
    pub fn step_working(self, since: &str) -> String {
        match self {
            Self::En => format!("Under way since {since}"),
            Self::Fr => format!("En cours depuis {since}"),
            Self::De => format!("Läuft seit {since}"),
        }
    }

    /// A step that failed.
    #[must_use]
    pub fn step_retrying(self, tries: u32, at: &str) -> String {
        match self {
            Self::En => format!("Failed {tries} times, next try at {at}"),
            Self::Fr => format!("Échec ({tries}), nouvel essai à {at}"),
            Self::De => format!("{tries}-mal gescheitert, nächster Versuch um {at}"),
        }
    }

    /// A step that is done.
    #[must_use]
    pub fn step_done(self, at: &str, after_s: i64) -> String {
        match self {
            Self::En => format!("Done at {at}, {after_s} s after the start"),
            Self::Fr => format!("Fait à {at}, {after_s} s après le début"),
            Self::De => format!("Erledigt um {at}, {after_s} s nach Beginn"),
        }
    }

    /// That a restart did not end it.
    #[must_use]
    pub fn run_resumed(self, when: &str) -> String {
        match self {
            Self::En => format!("The service was restarted ({when}) and went on where it had stopped."),
            Self::Fr => format!("Le service a redémarré ({when}) et a repris là où il s’était arrêté."),
            Self::De => {
                format!("Der Dienst wurde neu gestartet ({when}) und hat dort weitergemacht, wo er aufgehört hatte.")
            }
        }
    }

    /// How many signatures are missing.
    #[must_use]
    pub fn run_signatures(self, missing: u32) -> String {
        match self {
            Self::En if missing == 1 => "One more person has to sign.".to_owned(),
            Self::En => format!("{missing} more people have to sign."),
            Self::Fr if missing == 1 => "Une personne doit encore signer.".to_owned(),
            Self::Fr => format!("{missing} personnes doivent encore signer."),
            Self::De if missing == 1 => "Eine Person muss noch zeichnen.".to_owned(),
            Self::De => format!("{missing} Personen müssen noch zeichnen."),
        }
    }

    /// The clean point is a moment.
    #[must_use]
    pub fn clean_before(self, when: &str) -> String {
        match self {
            Self::En => format!("before {when}"),
            Self::Fr => format!("avant {when}"),
            Self::De => format!("vor {when}"),
        }
    }

    /// "Page 2 of 3"
    #[must_use]
    pub fn start_page_of(self, page: u32) -> String {
        match self {
            Self::En => format!("Page {page} of 3"),
            Self::Fr => format!("Page {page} sur 3"),
            Self::De => format!("Seite {page} von 3"),
        }
    }

    /// How many mailboxes open.
    #[must_use]
    pub fn confirm_mailboxes(self, count: u64) -> String {
        match self {
            Self::En => format!("{count} mailboxes are opened to staff as soon as the unlock key is there."),
            Self::Fr => format!("{count} boîtes s’ouvrent au personnel dès que la clé de déverrouillage est là."),
            Self::De => format!("{count} Postfächer öffnen sich, sobald der Entsperrschlüssel da ist."),
        }
    }

    /// The button that takes over.
    #[must_use]
    pub fn confirm_button(self, count: u64) -> String {
        match self {
            Self::En => format!("Switch {count} mailboxes to the standby"),
            Self::Fr => format!("Basculer {count} boîtes vers le secours"),
            Self::De => format!("{count} Postfächer auf den Notbetrieb umschalten"),
        }
    }

    /// What has to be typed.
    #[must_use]
    pub fn confirm_type(self, organisation: &str) -> String {
        match self {
            Self::En => format!("To confirm, type the organisation’s name: {organisation}"),
            Self::Fr => format!("Pour confirmer, tapez le nom de l’organisation\u{a0}: {organisation}"),
            Self::De => format!("Zum Bestätigen tippen Sie den Namen der Organisation: {organisation}"),
        }
    }

    /// How long partners may go on seeing the old records.
    #[must_use]
    pub fn records_old_ttl(self, ttl_s: u32) -> String {
        match self {
            Self::En => format!("Partners may go on seeing the old records for {ttl_s} seconds."),
            Self::Fr => {
                format!("Les correspondants peuvent voir les anciens enregistrements pendant {ttl_s} secondes encore.")
            }
            Self::De => format!("Andere können die alten Einträge noch {ttl_s} Sekunden lang sehen."),
        }
    }

    /// What a line of a diff is, for who does not see its colour.
    #[must_use]
    pub fn records_sign(self, tone: &str) -> &'static str {
        match tone {
            "before" => one_of(self, ["goes:", "disparaît\u{a0}:", "verschwindet:"]),
            "after" => one_of(self, ["comes:", "apparaît\u{a0}:", "kommt:"]),
            _ => "",
        }
    }

    /// The notice for staff.
    #[must_use]
    pub fn tell_notice(self, origin: &str) -> String {
        match self {
            Self::En => format!(
                "Our mail system is out of use. Do not open it. Your mail is at {origin}, under your usual address. You need your activation code or your own password there. Ask at the counter if you have neither."
            ),
            Self::Fr => format!(
                "Notre messagerie est hors service. Ne l’ouvrez pas. Votre courrier est sur {origin}, à votre adresse habituelle. Il vous faut votre code d’activation ou le mot de passe que vous y avez choisi. Sinon, adressez-vous au guichet."
            ),
            Self::De => format!(
                "Unser Mailsystem ist außer Betrieb. Öffnen Sie es nicht. Ihre Post finden Sie unter {origin}, mit Ihrer gewohnten Adresse. Sie brauchen Ihren Aktivierungscode oder Ihr dort gewähltes Passwort. Sonst wenden Sie sich an den Schalter."
            ),
        }
    }

    /// Where times are those of.
    #[must_use]
    pub fn clean_zone(self, zone: &str) -> String {
        match self {
            Self::En => format!("Times are those of {zone}."),
            Self::Fr => format!("Les heures sont celles de {zone}."),
            Self::De => format!("Zeiten sind die von {zone}."),
        }
    }

    /// Too late to walk back.
    #[must_use]
    pub fn abort_too_late(self, accepted: &u64) -> String {
        match self {
            Self::En => format!("{accepted} messages were accepted here already: going back is a failback."),
            Self::Fr => format!("{accepted} messages ont déjà été acceptés ici\u{a0}: il faut un retour à la normale."),
            Self::De => format!(
                "Es wurden schon {accepted} Nachrichten angenommen: Zurück geht es nur über die Rückkehr zum Normalbetrieb."
            ),
        }
    }

    /// What a failback would push.
    #[must_use]
    pub fn failback_sum(self, sum: &Preview) -> String {
        let Preview { append, moved, flagged, deleted, .. } = sum;
        match self {
            Self::En => format!("{append} new messages, {moved} moved, {flagged} marked otherwise, {deleted} deleted."),
            Self::Fr => format!(
                "{append} nouveaux messages, {moved} déplacés, {flagged} marqués autrement, {deleted} supprimés."
            ),
            Self::De => format!(
                "{append} neue Nachrichten, {moved} verschoben, {flagged} anders gekennzeichnet, {deleted} gelöscht."
            ),
        }
    }

    /// "12 of 42 mailboxes are open on this node."
    #[must_use]
    pub fn keys_open(self, open: u64, mailboxes: u64) -> String {
        match self {
            Self::En => format!("{open} of {mailboxes} mailboxes are open on this node."),
            Self::Fr => format!("{open} boîtes sur {mailboxes} sont ouvertes sur ce nœud."),
            Self::De => format!("{open} von {mailboxes} Postfächern sind auf diesem Knoten geöffnet."),
        }
    }

    /// "1 of 2 shares is here."
    #[must_use]
    pub fn keys_gathered(self, here: usize, needed: u8) -> String {
        match self {
            Self::En => format!("{here} of {needed} shares are here."),
            Self::Fr => format!("{here} parts sur {needed} sont réunies."),
            Self::De => format!("{here} von {needed} Anteilen sind hier."),
        }
    }

    /// "All 42 mailboxes"
    #[must_use]
    pub fn home_all_mailboxes(self, count: usize) -> String {
        match self {
            Self::En => format!("All mailboxes ({count})"),
            Self::Fr => format!("Toutes les boîtes ({count})"),
            Self::De => format!("Alle Postfächer ({count})"),
        }
    }

    /// "All (42)"
    #[must_use]
    pub fn people_all(self, count: u64) -> String {
        match self {
            Self::En => format!("Everybody ({count})"),
            Self::Fr => format!("Tout le monde ({count})"),
            Self::De => format!("Alle ({count})"),
        }
    }

    /// How many recipients wait.
    #[must_use]
    pub fn queue_count(self, count: usize) -> String {
        match self {
            Self::En => format!("Recipients that wait: {count}"),
            Self::Fr => format!("Destinataires en attente\u{a0}: {count}"),
            Self::De => format!("Wartende Empfänger: {count}"),
        }
    }

    /// How often it was tried.
    #[must_use]
    pub fn queue_tries(self, attempts: &u64) -> String {
        match self {
            Self::En => format!("tries: {attempts}"),
            Self::Fr => format!("essais\u{a0}: {attempts}"),
            Self::De => format!("Versuche: {attempts}"),
        }
    }

    /// The chain holds.
    #[must_use]
    pub fn audit_whole(self, count: i64, head: &str) -> String {
        match self {
            Self::En => format!("{count} entries, each as it was written. Head: {head}"),
            Self::Fr => format!("{count} entrées, chacune telle qu’elle a été écrite. Tête\u{a0}: {head}"),
            Self::De => format!("{count} Einträge, jeder wie geschrieben. Kopf: {head}"),
        }
    }

    /// The chain is broken.
    #[must_use]
    pub fn audit_broken(self, seq: i64, what: &str) -> String {
        match self {
            Self::En => format!("Broken at entry {seq} ({what}). It and those after it prove nothing."),
            Self::Fr => format!("Rompu à l’entrée {seq} ({what}). Elle et les suivantes ne prouvent rien."),
            Self::De => format!("Gebrochen bei Eintrag {seq} ({what}). Er und die folgenden beweisen nichts."),
        }
    }

    /// The witness agrees.
    #[must_use]
    pub fn audit_witnessed(self, heads: usize) -> String {
        match self {
            Self::En => format!("The outside witness agrees: {heads} heads compared."),
            Self::Fr => format!("Le témoin extérieur concorde\u{a0}: {heads} têtes comparées."),
            Self::De => format!("Der Zeuge außerhalb stimmt überein: {heads} Köpfe verglichen."),
        }
    }

    /// The witness contradicts.
    #[must_use]
    pub fn audit_contradicted(self, what: &str) -> String {
        match self {
            Self::En => format!("The outside witness contradicts: {what}"),
            Self::Fr => format!("Le témoin extérieur contredit le journal\u{a0}: {what}"),
            Self::De => format!("Der Zeuge außerhalb widerspricht: {what}"),
        }
    }

    /// With what somebody signs in.
    #[must_use]
    pub const fn way_in(self, kind: CredentialKind) -> &'static str {
        match kind {
            CredentialKind::AppPassword => one_of(self, ["app password", "mot de passe d’application", "App-Passwort"]),
            CredentialKind::Activation => one_of(self, ["activation code", "code d’activation", "Aktivierungscode"]),
            CredentialKind::Password => one_of(self, ["password", "mot de passe", "Passwort"]),
            CredentialKind::Totp => one_of(self, ["authenticator app", "application de codes", "Authenticator-App"]),
            CredentialKind::Passkey => one_of(self, ["passkey", "clé d’accès", "Passkey"]),
            CredentialKind::Recovery => one_of(self, ["recovery codes", "codes de secours", "Wiederherstellungscodes"]),
        }
    }
}
