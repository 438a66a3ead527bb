//! Findings in the three languages, by their names. English remedies are the findings' own.

use failover::Severity;

use crate::Lang;

/// Name; title in English, French and German; what to do in French and German.
type Row = (&'static str, [&'static str; 3], [&'static str; 2]);

const FOUND: [Row; 30] = [
    (
        "dns-write",
        [
            "The records could not be changed",
            "Les enregistrements DNS ne pourraient pas être modifiés",
            "Die DNS-Einträge ließen sich nicht ändern",
        ],
        ["Vérifiez le serveur, la clé et les droits de [dns].", "Prüfen Sie Server, Schlüssel und Rechte in [dns]."],
    ),
    (
        "dns-ttl",
        ["The MX lives long in caches", "Le MX reste longtemps en cache", "Der MX bleibt lange in Zwischenspeichern"],
        [
            "Abaissez dès maintenant son TTL à 300 secondes ou moins\u{a0}: l’effet vient plus tard.",
            "Senken Sie seine TTL jetzt auf höchstens 300 Sekunden: Es wirkt erst später.",
        ],
    ),
    (
        "dns-authorities",
        [
            "Name servers disagree or are silent",
            "Des serveurs DNS divergent ou ne répondent pas",
            "Nameserver sind uneins oder stumm",
        ],
        [
            "Vérifiez que chaque serveur de la zone répond et se met à jour.",
            "Prüfen Sie, ob jeder Nameserver der Zone antwortet und überträgt.",
        ],
    ),
    (
        "mx-host",
        [
            "Our MX host cannot be reached by name",
            "Notre hôte MX n’est pas joignable par son nom",
            "Unser MX-Host ist unter seinem Namen nicht erreichbar",
        ],
        [
            "Publiez ses enregistrements A et AAAA en temps normal.",
            "Veröffentlichen Sie seine A- und AAAA-Einträge im Normalbetrieb.",
        ],
    ),
    (
        "certificate",
        ["Our certificate", "Notre certificat", "Unser Zertifikat"],
        [
            "Donnez à [tls] un certificat d’une autorité publique qui nomme l’hôte MX.",
            "Geben Sie [tls] ein Zertifikat einer öffentlichen Stelle, das den MX-Host nennt.",
        ],
    ),
    (
        "directory-age",
        [
            "The directory copy is old or empty",
            "La copie de l’annuaire est ancienne ou vide",
            "Die Kopie des Verzeichnisses ist alt oder leer",
        ],
        [
            "Voyez la page Copie, et si l’annuaire répond.",
            "Sehen Sie auf der Seite Abgleich nach, und ob das Verzeichnis antwortet.",
        ],
    ),
    (
        "history-lag",
        [
            "Copying mail makes no progress",
            "La copie du courrier n’avance pas",
            "Der Abgleich der Post kommt nicht voran",
        ],
        [
            "Voyez la page Copie, et si le système principal répond.",
            "Sehen Sie auf der Seite Abgleich nach, und ob das Primärsystem antwortet.",
        ],
    ),
    (
        "history-trouble",
        [
            "The primary’s mail cannot be copied",
            "Le courrier du système principal ne peut pas être copié",
            "Die Post des Primärsystems lässt sich nicht abgleichen",
        ],
        [
            "Voyez la page Copie\u{a0}: compte, mot de passe et accès du système principal.",
            "Sehen Sie auf der Seite Abgleich nach: Konto, Passwort und Zugang des Primärsystems.",
        ],
    ),
    (
        "mailboxes-missing",
        ["Mailboxes are missing", "Des boîtes manquent", "Es fehlen Postfächer"],
        [
            "Voyez sur la page Copie ce qui empêche de les créer.",
            "Sehen Sie auf der Seite Abgleich, was ihre Anlage hindert.",
        ],
    ),
    (
        "sign-in",
        [
            "People who could not sign in today",
            "Des personnes ne pourraient pas se connecter aujourd’hui",
            "Personen, die sich heute nicht anmelden könnten",
        ],
        [
            "Donnez-leur une fiche au guichet ou depuis la page Personnes.",
            "Geben Sie ihnen einen Zettel am Schalter oder auf der Seite Personen.",
        ],
    ),
    (
        "refused-sign-ins",
        ["Sign-ins are being refused", "Des connexions sont refusées", "Anmeldungen werden abgewiesen"],
        [
            "Demandez à ces personnes si c’était elles\u{a0}; sinon, quelqu’un essaie leurs noms.",
            "Fragen Sie, ob sie es selbst waren; sonst probiert jemand ihre Namen aus.",
        ],
    ),
    (
        "mx-is-ours",
        [
            "The MX names us already, and nothing is accepted",
            "Le MX nous désigne déjà, et rien n’est accepté",
            "Der MX nennt uns schon, und nichts wird angenommen",
        ],
        [
            "Rétablissez le MX du système principal, ou cherchez quelle installation a pris le relais.",
            "Stellen Sie den MX des Primärsystems wieder her, oder finden Sie die Installation, die übernommen hat.",
        ],
    ),
    (
        "addresses",
        [
            "Addresses that are not as they should be",
            "Des adresses ne sont pas correctes",
            "Adressen, mit denen etwas nicht stimmt",
        ],
        ["Corrigez-les dans l’annuaire.", "Beheben Sie es im Verzeichnis."],
    ),
    (
        "unlock-key-here",
        [
            "The unlock key lies on this machine",
            "La clé de déverrouillage se trouve sur cette machine",
            "Der Entsperrschlüssel liegt auf dieser Maschine",
        ],
        [
            "Retirez-la, et gardez-la là où l’on peut la chercher la nuit.",
            "Nehmen Sie ihn weg, und verwahren Sie ihn dort, wo er auch nachts zu haben ist.",
        ],
    ),
    (
        "unlock-key",
        [
            "The unlock key is not at hand",
            "La clé de déverrouillage n’est pas là",
            "Der Entsperrschlüssel ist nicht zur Hand",
        ],
        [
            "Sachez où elle est et comment l’apporter\u{a0}; le courrier, lui, n’attend pas.",
            "Wissen Sie, wo er ist und wie er hierherkommt; die Post wartet nicht darauf.",
        ],
    ),
    (
        "integrity",
        [
            "Somebody changed the database",
            "La base a été modifiée de l’extérieur",
            "Jemand hat die Datenbank verändert",
        ],
        [
            "Traitez-le comme une attaque\u{a0}: sauvegarde, journal d’audit, puis `relais audit settle`.",
            "Behandeln Sie es als Angriff: Sicherung, Prüfprotokoll, dann `relais audit settle`.",
        ],
    ),
    (
        "regions",
        [
            "A region cannot be used as it should",
            "Une région n’est pas utilisable comme il se doit",
            "Eine Region ist nicht so nutzbar, wie sie soll",
        ],
        [
            "Rétablissez ce que la phrase nomme (disque, clé, lieu, configuration), puis redémarrez relais.",
            "Stellen Sie wieder her, was der Satz nennt (Platte, Schlüssel, Ort, Konfiguration), und starten Sie relais neu.",
        ],
    ),
    (
        "writing",
        ["What comes cannot be written", "Rien ne peut être écrit", "Es kann nichts geschrieben werden"],
        [
            "Libérez de la place ou voyez le disque ou le serveur de base\u{a0}; les expéditeurs réessaient d’eux-mêmes.",
            "Schaffen Sie Platz oder prüfen Sie Datenträger oder Datenbank; Absender versuchen es von selbst wieder.",
        ],
    ),
    (
        "damage",
        ["Something is damaged or missing", "Quelque chose est endommagé ou manque", "Etwas ist beschädigt oder fehlt"],
        [
            "Vérifiez le disque\u{a0}; restaurez à part ce qui est nommé depuis une sauvegarde, et comparez.",
            "Prüfen Sie den Datenträger; stellen Sie das Genannte aus einer Sicherung getrennt her und vergleichen Sie.",
        ],
    ),
    (
        "backup",
        ["The store has no recent copy", "La base n’a pas de copie récente", "Vom Speicher gibt es keine neue Kopie"],
        [
            "Nommez un lieu sur une autre machine dans [backup], ou voyez pourquoi il n’est pas joignable.",
            "Nennen Sie in [backup] einen Ort auf einer anderen Maschine, oder sehen Sie nach, warum er nicht erreichbar ist.",
        ],
    ),
    (
        "audit-collector",
        [
            "The collector of logs misses entries of the audit log",
            "Il manque des entrées du journal d’audit au collecteur",
            "Dem Protokollsammler fehlen Einträge des Prüfprotokolls",
        ],
        [
            "Voyez si le collecteur de [audit] syslog est joignable et reconnu\u{a0}; rien n’est perdu, il reçoit ce qui lui manque.",
            "Prüfen Sie, ob der Sammler aus [audit] syslog erreichbar ist und ihm vertraut wird; nichts ist verloren, er bekommt das Fehlende.",
        ],
    ),
    (
        "rotation",
        [
            "Mailboxes are sealed for two unlock keys",
            "Des boîtes sont scellées pour deux clés de déverrouillage",
            "Postfächer sind für zwei Entsperrschlüssel versiegelt",
        ],
        [
            "Arrêtez Relais et relancez relais keys rotate avec les mêmes clés, ou remettez dans seal.unlock_public la dernière clé publique.",
            "Halten Sie Relais an und starten Sie relais keys rotate noch einmal mit denselben Schlüsseln, oder setzen Sie seal.unlock_public auf den letzten öffentlichen Teil.",
        ],
    ),
    (
        "clock",
        [
            "The clock of this machine went back",
            "L’horloge de cette machine a reculé",
            "Die Uhr dieser Maschine ging zurück",
        ],
        [
            "Réglez l’horloge et voyez si son service de temps (NTP) tourne.",
            "Stellen Sie die Uhr und sehen Sie nach, ob ihr Zeitdienst (NTP) läuft.",
        ],
    ),
    (
        "last-drill",
        ["No drill lately", "Pas d’exercice récent", "Keine Übung in letzter Zeit"],
        [
            "Vérifiez tout depuis la page Exercice et conservez le résultat.",
            "Prüfen Sie alles auf der Seite Übung und halten Sie das Ergebnis fest.",
        ],
    ),
    (
        "step-fails",
        [
            "A step fails and is tried again",
            "Une étape échoue et sera réessayée",
            "Ein Schritt scheitert und wird wiederholt",
        ],
        ["Corrigez ce que dit la phrase.", "Beheben Sie, was der Satz nennt."],
    ),
    (
        "records-foreign",
        [
            "Somebody else changed the records",
            "Quelqu’un d’autre a modifié les enregistrements",
            "Jemand anderes hat die Einträge geändert",
        ],
        [
            "Cherchez qui\u{a0}; rétablissez ce que prévoit le plan, ou confirmez l’étape à la main.",
            "Finden Sie heraus, wer; stellen Sie her, was der Plan nennt, oder bestätigen Sie den Schritt von Hand.",
        ],
    ),
    (
        "records-lag",
        [
            "A name server shows old records",
            "Un serveur DNS montre d’anciens enregistrements",
            "Ein Nameserver zeigt alte Einträge",
        ],
        ["Vérifiez ses transferts.", "Sehen Sie seine Übertragungen nach."],
    ),
    (
        "authority-silent",
        ["A name server does not answer", "Un serveur DNS ne répond pas", "Ein Nameserver antwortet nicht"],
        ["Vérifiez qu’il fonctionne.", "Prüfen Sie, ob er läuft."],
    ),
    (
        "abort-too-late",
        ["Too late to walk back", "Trop tard pour revenir en arrière", "Zu spät zum Zurücknehmen"],
        [
            "Le basculement continue\u{a0}; revenez par un retour à la normale.",
            "Das Failover geht weiter; zurück geht es über die Rückkehr zum Normalbetrieb.",
        ],
    ),
    (
        "primary-reached",
        [
            "Mail still reaches the primary",
            "Du courrier atteint encore le système principal",
            "Noch erreicht Post das Primärsystem",
        ],
        [
            "Fermez ce qui est resté ouvert, d’après la liste de contrôle.",
            "Schließen Sie nach der Checkliste, was noch offen ist.",
        ],
    ),
];

fn row(name: &str) -> Option<&'static Row> {
    FOUND.iter().find(|(known, ..)| *known == name)
}

impl Lang {
    /// A finding in a few words.
    #[must_use]
    pub fn found_title(self, name: &str) -> &'static str {
        let Some((_, [en, fr, de], _)) = row(name) else { return self.found_other() };
        match self {
            Self::En => en,
            Self::Fr => fr,
            Self::De => de,
        }
    }

    /// What to do about it; `None` where the finding's own words are the ones.
    #[must_use]
    pub fn found_remedy(self, name: &str) -> Option<&'static str> {
        let (_, _, [fr, de]) = row(name)?;
        match self {
            Self::En => None,
            Self::Fr => Some(fr),
            Self::De => Some(de),
        }
    }

    /// How bad.
    #[must_use]
    pub const fn found_severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Note => self.found_note(),
            Severity::Warning => self.found_warning(),
            Severity::Unknown => self.found_unknown(),
            Severity::Stop => self.found_stop(),
        }
    }
}

texts! {
    found_other: "Something else", "Autre chose", "Etwas anderes";
    found_note: "Note", "À savoir", "Hinweis";
    found_warning: "Attention", "Attention", "Achtung";
    found_unknown: "Could not be told", "Indéterminé", "Nicht feststellbar";
    found_stop: "Blocking", "Bloquant", "Blockierend";
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn every_finding_that_readiness_makes_has_a_title() {
        let facts = failover::Readiness::default();
        for finding in failover::readiness(&facts, mail::Timestamp::from_unix_s(0)) {
            assert!(row(finding.name).is_some(), "{} has no title", finding.name);
        }
    }
}
