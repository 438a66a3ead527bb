//! What the pages of writing say.

use store::directory::EntryKind;

use crate::Lang;

texts! {
    compose_title: "Write a message", "Écrire un message", "Nachricht schreiben";
    compose_from: "From", "De", "Von";
    compose_to: "To", "À", "An";
    compose_cc: "Cc", "Cc", "Cc";
    compose_bcc: "Bcc", "Cci", "Bcc";
    compose_date: "Date", "Date", "Datum";
    compose_subject: "Subject", "Objet", "Betreff";
    compose_text: "Message", "Message", "Nachricht";
    compose_to_hint: "Names or addresses, separated by commas.", "Noms ou adresses, séparés par des virgules.",
        "Namen oder Adressen, durch Kommas getrennt.";
    compose_send: "Send", "Envoyer", "Senden";
    compose_save: "Save draft", "Enregistrer le brouillon", "Entwurf speichern";
    compose_discard: "Discard draft", "Supprimer le brouillon", "Entwurf verwerfen";
    compose_names: "Check names", "Vérifier les noms", "Namen prüfen";
    compose_attach: "Attach a file", "Joindre un fichier", "Datei anhängen";
    compose_attached: "Attachments", "Pièces jointes", "Anhänge";
    compose_detach: "Remove", "Retirer", "Entfernen";
    compose_choose: "Choose files", "Choisir des fichiers", "Dateien auswählen";
    compose_upload: "Attach", "Joindre", "Anhängen";
    compose_saved: "Draft saved.", "Brouillon enregistré.", "Entwurf gespeichert.";
    compose_unsaved: "Not saved yet: no connection to the mail service. Your text is on this page.",
        "Pas encore enregistré\u{a0}: pas de connexion au service. Votre texte est sur cette page.",
        "Noch nicht gespeichert: keine Verbindung zum Dienst. Ihr Text steht auf dieser Seite.";
    compose_signed_out: "You are no longer signed in, so your text is not saved. Sign in in another window; this page then goes on saving.",
        "Vous n’êtes plus connecté\u{a0}: votre texte n’est pas enregistré. Connectez-vous dans une autre fenêtre\u{a0}; cette page reprendra l’enregistrement.",
        "Sie sind nicht mehr angemeldet, Ihr Text wird nicht gespeichert. Melden Sie sich in einem anderen Fenster an; diese Seite speichert dann weiter.";
    compose_uploading: "Attaching…", "Ajout en cours…", "Wird angehängt…";
    compose_conflict: "This draft was changed in another window. Nothing is lost: what you wrote here is now a draft of its own, and the other version is still there.",
        "Ce brouillon a été modifié dans une autre fenêtre. Rien n’est perdu\u{a0}: ce que vous avez écrit ici est désormais un brouillon à part, et l’autre version existe toujours.",
        "Dieser Entwurf wurde in einem anderen Fenster geändert. Nichts ist verloren: Was Sie hier geschrieben haben, ist jetzt ein eigener Entwurf, und die andere Fassung ist noch da.";
    compose_other: "Open the other version", "Ouvrir l’autre version", "Die andere Fassung öffnen";
    compose_sent_already: "This message was sent already. What you wrote since is kept here as a draft of its own.",
        "Ce message est déjà parti. Ce que vous avez écrit depuis est conservé ici dans un brouillon à part.",
        "Diese Nachricht ist schon gesendet. Was Sie seitdem geschrieben haben, ist hier als eigener Entwurf aufgehoben.";
    compose_not_sent: "Not sent yet. Your text is kept.", "Pas encore envoyé. Votre texte est conservé.",
        "Noch nicht gesendet. Ihr Text ist aufgehoben.";
    compose_names_good: "All names are known.", "Tous les noms sont reconnus.", "Alle Namen sind bekannt.";
    compose_nobody: "Nobody is named to whom this is to be sent.", "Aucun destinataire n’est indiqué.",
        "Es ist kein Empfänger angegeben.";
    compose_too_many: "These are more than 500 recipients. Use a group, or write to fewer people at a time.",
        "Il y a plus de 500 destinataires. Utilisez un groupe ou écrivez à moins de personnes à la fois.",
        "Das sind mehr als 500 Empfänger. Nehmen Sie eine Gruppe oder schreiben Sie an weniger Personen auf einmal.";
    compose_too_large: "Text and attachments together are too large to be sent. Remove an attachment.",
        "Le texte et les pièces jointes sont trop volumineux pour être envoyés. Retirez une pièce jointe.",
        "Text und Anhänge sind zusammen zu groß zum Senden. Entfernen Sie einen Anhang.";
    compose_refused_late: "The mail service cannot take this message at the moment. Your text is kept: send it again in a minute.",
        "Le service ne peut pas prendre ce message pour le moment. Votre texte est conservé\u{a0}: renvoyez-le dans une minute.",
        "Der Dienst kann diese Nachricht gerade nicht annehmen. Ihr Text ist aufgehoben: Senden Sie ihn in einer Minute noch einmal.";
    compose_sending_title: "Your message is on its way", "Votre message part", "Ihre Nachricht ist unterwegs";
    compose_sending: "It is being handed over. This page looks again by itself.",
        "Il est en cours de remise. Cette page s’actualise d’elle-même.",
        "Sie wird gerade übergeben. Diese Seite sieht von selbst wieder nach.";
    compose_sent_title: "Your message is sent", "Votre message est envoyé", "Ihre Nachricht ist gesendet";
    compose_sent_here: "It is in Sent Items. Colleagues have it now; it goes to everybody else within minutes.",
        "Il se trouve dans les éléments envoyés. Vos collègues l’ont déjà\u{a0}; les autres le recevront dans quelques minutes.",
        "Sie liegt in „Gesendete Elemente“. Kolleginnen und Kollegen haben sie schon; an alle anderen geht sie in den nächsten Minuten.";
    compose_sent_report: "Should it not reach somebody, you get a message that says so. When your usual mail system is back, it will be in its Sent Items, too.",
        "Si quelqu’un ne peut pas le recevoir, un message vous le dira. Quand votre messagerie habituelle reviendra, il figurera aussi dans ses éléments envoyés.",
        "Sollte sie jemanden nicht erreichen, bekommen Sie darüber eine Nachricht. Wenn Ihr gewohntes Mailsystem zurück ist, liegt sie auch dort in „Gesendete Elemente“.";
    compose_to_inbox: "Back to the inbox", "Retour à la boîte de réception", "Zurück zum Posteingang";
    compose_another: "Write another message", "Écrire un autre message", "Noch eine Nachricht schreiben";
    compose_back_to: "Back to the draft", "Retour au brouillon", "Zurück zum Entwurf";
    compose_no_file: "No file was chosen.", "Aucun fichier n’a été choisi.", "Es wurde keine Datei ausgewählt.";
    compose_unnamed_file: "file", "fichier", "Datei";
    compose_forwarded: "Forwarded message", "Message transféré", "Weitergeleitete Nachricht";
    compose_no_choice: "Nothing found", "Aucun résultat", "Nichts gefunden";
    drafts_empty: "There is no draft.", "Il n’y a aucun brouillon.", "Es gibt keinen Entwurf.";
    drafts_note: "Drafts stay here until you send or discard them. They are not taken to your usual mail system.",
        "Les brouillons restent ici jusqu’à leur envoi ou leur suppression. Ils ne sont pas repris dans votre messagerie habituelle.",
        "Entwürfe bleiben hier, bis Sie sie senden oder verwerfen. In Ihr gewohntes Mailsystem werden sie nicht übernommen.";
    drafts_to_nobody: "(No recipient yet)", "(Pas encore de destinataire)", "(Noch kein Empfänger)";
    contacts_search: "Search people and groups", "Rechercher des personnes et des groupes", "Personen und Gruppen suchen";
    contacts_people: "People", "Personnes", "Personen";
    contacts_groups: "Groups", "Groupes", "Gruppen";
    contacts_all: "All", "Tous", "Alle";
    contacts_none: "Nobody is called so. Try fewer letters.", "Personne ne porte ce nom. Essayez avec moins de lettres.",
        "So heißt niemand. Versuchen Sie es mit weniger Buchstaben.";
    contacts_name: "Name", "Nom", "Name";
    contacts_address: "Address", "Adresse", "Adresse";
    contacts_phone: "Telephone", "Téléphone", "Telefon";
    contacts_where: "Department", "Service", "Abteilung";
    contacts_write: "Write", "Écrire", "Schreiben";
    contacts_before: "Previous", "Précédents", "Vorige";
    contacts_after: "Next", "Suivants", "Nächste";
}

impl Lang {
    /// "bruno@corp.test: …"
    #[must_use]
    pub fn compose_no_such(self, typed: &str) -> String {
        match self {
            Self::En => format!("“{typed}” is not known: there is no such mailbox."),
            Self::Fr => format!("«\u{a0}{typed}\u{a0}» est inconnu\u{a0}: cette boîte aux lettres n’existe pas."),
            Self::De => format!("„{typed}“ ist unbekannt: Dieses Postfach gibt es nicht."),
        }
    }

    /// What is neither a known name nor an address.
    #[must_use]
    pub fn compose_no_address(self, typed: &str) -> String {
        match self {
            Self::En => format!("“{typed}” is neither a name in the address book nor a complete address."),
            Self::Fr => format!("«\u{a0}{typed}\u{a0}» n’est ni un nom du carnet d’adresses ni une adresse complète."),
            Self::De => format!("„{typed}“ ist weder ein Name im Adressbuch noch eine vollständige Adresse."),
        }
    }

    /// A name that several people have.
    #[must_use]
    pub fn compose_several(self, typed: &str, who: &str) -> String {
        match self {
            Self::En => format!("“{typed}” could be several: {who}."),
            Self::Fr => format!("«\u{a0}{typed}\u{a0}» désigne plusieurs personnes possibles\u{a0}: {who}."),
            Self::De => format!("„{typed}“ kann mehrere meinen: {who}."),
        }
    }

    /// An address that mail cannot go to.
    #[must_use]
    pub fn compose_not_taken(self, typed: &str) -> String {
        match self {
            Self::En => format!("Mail to “{typed}” cannot be sent from here at the moment."),
            Self::Fr => format!("Impossible pour l’instant d’écrire d’ici à «\u{a0}{typed}\u{a0}»."),
            Self::De => format!("An „{typed}“ kann von hier zurzeit nicht geschrieben werden."),
        }
    }

    /// The service said no for good.
    #[must_use]
    pub fn compose_refused(self, code: u16) -> String {
        match self {
            Self::En => format!("The mail service refused this message (code {code}). Your text is kept."),
            Self::Fr => format!("Le service a refusé ce message (code {code}). Votre texte est conservé."),
            Self::De => format!("Der Dienst hat diese Nachricht abgelehnt (Code {code}). Ihr Text ist aufgehoben."),
        }
    }

    /// A file that is too large.
    #[must_use]
    pub fn compose_file_too_large(self, most: &str) -> String {
        match self {
            Self::En => {
                format!("A file was not attached: all attachments together have {most} at most. Your text is kept.")
            }
            Self::Fr => format!(
                "Un fichier n’a pas été joint\u{a0}: l’ensemble des pièces jointes est limité à {most}. Votre texte est conservé."
            ),
            Self::De => format!(
                "Eine Datei wurde nicht angehängt: Alle Anhänge zusammen haben höchstens {most}. Ihr Text ist aufgehoben."
            ),
        }
    }

    /// Attachments of the original that did not fit.
    #[must_use]
    pub fn compose_left_out(self, files: usize) -> String {
        match self {
            Self::En => format!("Attachments of the original that did not fit and were left out: {files}."),
            Self::Fr => format!("Pièces jointes d’origine trop volumineuses, non reprises\u{a0}: {files}."),
            Self::De => format!("Anhänge des Originals, die zu groß waren und fehlen: {files}."),
        }
    }

    /// "25 MB at most, all attachments together."
    #[must_use]
    pub fn compose_most(self, most: &str) -> String {
        match self {
            Self::En => format!("{most} at most, all attachments together."),
            Self::Fr => format!("{most} au maximum pour l’ensemble des pièces jointes."),
            Self::De => format!("Höchstens {most} für alle Anhänge zusammen."),
        }
    }

    /// Who is in a group.
    #[must_use]
    pub fn compose_group(self, group: &str, members: usize) -> String {
        match self {
            Self::En => format!("{group}: {members} members"),
            Self::Fr => format!("{group}\u{a0}: {members} membres"),
            Self::De => format!("{group}: {members} Mitglieder"),
        }
    }

    /// "and 12 more"
    #[must_use]
    pub fn compose_more(self, more: usize) -> String {
        match self {
            Self::En => format!("and {more} more"),
            Self::Fr => format!("et {more} autres"),
            Self::De => format!("und {more} weitere"),
        }
    }

    /// The line before the text that is answered.
    #[must_use]
    pub fn compose_wrote(self, when: &str, who: &str) -> String {
        match self {
            Self::En => format!("On {when}, {who} wrote:"),
            Self::Fr => format!("Le {when}, {who} a écrit\u{a0}:"),
            Self::De => format!("Am {when} schrieb {who}:"),
        }
    }

    /// What stands before the subject of an answer.
    #[must_use]
    pub const fn compose_re(self) -> &'static str {
        match self {
            Self::En | Self::Fr => "Re: ",
            Self::De => "AW: ",
        }
    }

    /// What stands before the subject of what is passed on.
    #[must_use]
    pub const fn compose_fwd(self) -> &'static str {
        match self {
            Self::En => "FW: ",
            Self::Fr => "TR: ",
            Self::De => "WG: ",
        }
    }

    /// "1.4 MB"
    #[must_use]
    pub fn compose_size(self, bytes: u64) -> String {
        let (unit, kilo, mega) = if self == Self::Fr { ("octets", "ko", "Mo") } else { ("bytes", "kB", "MB") };
        let tenths = |of: u64| {
            let text = format!("{}.{}", bytes / of, bytes % of * 10 / of);
            if self == Self::En { text } else { text.replace('.', ",") }
        };
        match bytes {
            0..1000 => format!("{bytes}\u{a0}{unit}"),
            1000..1_000_000 => format!("{}\u{a0}{kilo}", bytes / 1000),
            _ => format!("{}\u{a0}{mega}", tenths(1_000_000)),
        }
    }

    /// What an entry of the address book is, where that has to be said.
    #[must_use]
    pub const fn contact_kind(self, kind: EntryKind) -> &'static str {
        match (self, kind) {
            (_, EntryKind::Person) => "",
            (Self::En, EntryKind::Shared) => "shared mailbox",
            (Self::Fr, EntryKind::Shared) => "boîte partagée",
            (Self::De, EntryKind::Shared) => "gemeinsames Postfach",
            (Self::En, EntryKind::Group) => "group",
            (Self::Fr, EntryKind::Group) => "groupe",
            (Self::De, EntryKind::Group) => "Gruppe",
            (Self::En, EntryKind::Contact) => "outside contact",
            (Self::Fr, EntryKind::Contact) => "contact extérieur",
            (Self::De, EntryKind::Contact) => "externer Kontakt",
        }
    }

    /// "3 drafts"
    #[must_use]
    pub fn drafts_counted(self, drafts: usize) -> String {
        match self {
            Self::En if drafts == 1 => "1 draft".to_owned(),
            Self::En => format!("{drafts} drafts"),
            Self::Fr if drafts < 2 => format!("{drafts} brouillon"),
            Self::Fr => format!("{drafts} brouillons"),
            Self::De if drafts == 1 => "1 Entwurf".to_owned(),
            Self::De => format!("{drafts} Entwürfe"),
        }
    }
}
