//! What the page of a message says.

use super::letter::{Lock, Sort, Verdict};
use crate::Lang;

texts! {
    message_title: "Message", "Message", "Nachricht";
    message_acts: "Actions on this message", "Actions sur ce message", "Aktionen für diese Nachricht";
    message_reply: "Reply", "Répondre", "Antworten";
    message_reply_all: "Reply all", "Répondre à tous", "Allen antworten";
    message_forward: "Forward", "Transférer", "Weiterleiten";
    message_print: "Print", "Imprimer", "Drucken";
    message_raw: "Save the message as it came", "Enregistrer le message tel quel", "Nachricht im Original speichern";
    message_text_only: "Text only", "Texte seul", "Nur Text";
    message_as_page: "With layout", "Avec mise en forme", "Mit Layout";
    message_back_to_list: "Back to the list", "Retour à la liste", "Zurück zur Liste";
    message_newer: "Newer message", "Message plus récent", "Neuere Nachricht";
    message_older: "Older message", "Message plus ancien", "Ältere Nachricht";
    message_from: "From", "De", "Von";
    message_to: "To", "À", "An";
    message_cc: "Cc", "Cc", "Cc";
    message_reply_to: "Replies go to", "Réponses à", "Antworten an";
    message_received: "Received", "Reçu", "Empfangen";
    message_written: "Dated", "Daté du", "Datiert";
    message_disguised: "This name may pretend to be somebody else. Look at the address.",
        "Ce nom peut se faire passer pour quelqu’un d’autre. Vérifiez l’adresse.",
        "Dieser Name gibt sich vielleicht für jemand anderen aus. Achten Sie auf die Adresse.";
    message_several_from: "This message names several senders. That is unusual.",
        "Ce message indique plusieurs expéditeurs. C’est inhabituel.",
        "Diese Nachricht nennt mehrere Absender. Das ist ungewöhnlich.";
    message_files: "Attachments", "Pièces jointes", "Anhänge";
    message_risky: "can do harm: open it only if you expected it",
        "peut être dangereux\u{a0}: ne l’ouvrez que si vous l’attendiez",
        "kann Schaden anrichten: nur öffnen, wenn Sie es erwartet haben";
    message_invitation: "Invitation", "Invitation", "Einladung";
    message_cancelled: "Called off", "Annulé", "Abgesagt";
    message_when: "When", "Quand", "Wann";
    message_recurring: "repeated", "répété", "wiederholt";
    message_where: "Where", "Où", "Wo";
    message_organiser: "Organiser", "Organisateur", "Organisator";
    message_calendar_note: "Your calendar is not kept here: answer by a message.",
        "Votre calendrier n’est pas tenu ici\u{a0}: répondez par un message.",
        "Ihr Kalender wird hier nicht geführt: Antworten Sie mit einer Nachricht.";
    message_picture: "picture", "image", "Bild";
    message_too_intricate: "The layout of this message is too intricate to be shown safely. This is its text.",
        "La mise en forme de ce message est trop complexe pour être affichée sans risque. Voici son texte.",
        "Das Layout dieser Nachricht ist zu verschachtelt, um sicher angezeigt zu werden. Dies ist ihr Text.";
    message_empty: "This message has no text.", "Ce message n’a pas de texte.", "Diese Nachricht hat keinen Text.";
    message_print_how: "Print this page with your browser (Ctrl+P).", "Imprimez cette page avec votre navigateur (Ctrl+P).",
        "Drucken Sie diese Seite mit Ihrem Browser (Strg+P).";
    message_unread: "Unread", "Non lu", "Ungelesen";
    message_move_to: "Move to", "Déplacer vers", "Verschieben nach";
}

impl Lang {
    /// The name of the frame that holds a letter.
    #[must_use]
    pub fn message_content(self, subject: &str) -> String {
        match self {
            Self::En => format!("Content of the message: {subject}"),
            Self::Fr => format!("Contenu du message\u{a0}: {subject}"),
            Self::De => format!("Inhalt der Nachricht: {subject}"),
        }
    }

    /// Above a folded quote.
    #[must_use]
    pub fn message_quoted(self, lines: usize) -> String {
        match self {
            Self::En if lines == 1 => "Quoted text (1 line)".to_owned(),
            Self::En => format!("Quoted text ({lines} lines)"),
            Self::Fr if lines == 1 => "Texte cité (1 ligne)".to_owned(),
            Self::Fr => format!("Texte cité ({lines} lignes)"),
            Self::De if lines == 1 => "Zitat (1 Zeile)".to_owned(),
            Self::De => format!("Zitat ({lines} Zeilen)"),
        }
    }

    /// Pictures that are not fetched.
    #[must_use]
    pub fn message_remote(self, pictures: u32) -> String {
        match self {
            Self::En if pictures == 1 => {
                "1 remote picture is not shown, so that the sender does not learn that you read this.".to_owned()
            }
            Self::En => format!(
                "{pictures} remote pictures are not shown, so that the sender does not learn that you read this."
            ),
            Self::Fr if pictures == 1 => {
                "1 image distante n’est pas affichée, pour que l’expéditeur n’apprenne pas votre lecture.".to_owned()
            }
            Self::Fr => format!(
                "{pictures} images distantes ne sont pas affichées, pour que l’expéditeur n’apprenne pas votre lecture."
            ),
            Self::De if pictures == 1 => {
                "1 externes Bild wird nicht geladen, damit der Absender nicht erfährt, dass Sie lesen.".to_owned()
            }
            Self::De => format!(
                "{pictures} externe Bilder werden nicht geladen, damit der Absender nicht erfährt, dass Sie lesen."
            ),
        }
    }

    /// Links that lead elsewhere than they say.
    #[must_use]
    pub fn message_misleading(self, links: u32) -> String {
        match self {
            Self::En if links == 1 => {
                "1 link leads elsewhere than it says: the true address stands behind the arrow.".to_owned()
            }
            Self::En => {
                format!("{links} links lead elsewhere than they say: the true address stands behind the arrow.")
            }
            Self::Fr if links == 1 => {
                "1 lien mène ailleurs que ce qu’il annonce\u{a0}: la véritable adresse suit la flèche.".to_owned()
            }
            Self::Fr => format!(
                "{links} liens mènent ailleurs que ce qu’ils annoncent\u{a0}: la véritable adresse suit la flèche."
            ),
            Self::De if links == 1 => {
                "1 Link führt anderswohin, als er sagt: Die wahre Adresse steht hinter dem Pfeil.".to_owned()
            }
            Self::De => {
                format!("{links} Links führen anderswohin, als sie sagen: Die wahre Adresse steht hinter dem Pfeil.")
            }
        }
    }

    /// "and 1,800 more"
    #[must_use]
    pub fn message_files_more(self, files: usize) -> String {
        match self {
            Self::En => format!("and {files} more, in the message as it came"),
            Self::Fr => format!("et {files} autres, dans le message tel quel"),
            Self::De => format!("und {files} weitere, in der Originalnachricht"),
        }
    }

    /// A size.
    #[must_use]
    pub fn message_size(self, bytes: usize) -> String {
        let (b, kb, mb, point) = match self {
            Self::En => ("bytes", "kB", "MB", '.'),
            Self::Fr => ("octets", "ko", "Mo", ','),
            Self::De => ("Bytes", "kB", "MB", ','),
        };
        match bytes {
            0..1000 => format!("{bytes}\u{a0}{b}"),
            1000..1_000_000 => format!("{}\u{a0}{kb}", bytes / 1000),
            _ => format!("{}{point}{}\u{a0}{mb}", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }

    /// What a file is.
    #[must_use]
    pub const fn message_sort(self, sort: Sort) -> &'static str {
        let [en, fr, de] = match sort {
            Sort::Picture => ["Picture", "Image", "Bild"],
            Sort::Pdf => ["PDF", "PDF", "PDF"],
            Sort::Document => ["Document", "Document", "Dokument"],
            Sort::Table => ["Spreadsheet", "Tableur", "Tabelle"],
            Sort::Slides => ["Slides", "Présentation", "Präsentation"],
            Sort::Archive => ["Archive", "Archive", "Archiv"],
            Sort::Media => ["Sound or film", "Son ou vidéo", "Ton oder Film"],
            Sort::Calendar => ["Appointment", "Rendez-vous", "Termin"],
            Sort::Card => ["Visiting card", "Carte de visite", "Visitenkarte"],
            Sort::Message => ["Message", "Message", "Nachricht"],
            Sort::Page => ["Web page", "Page web", "Webseite"],
            Sort::Program => ["Program", "Programme", "Programm"],
            Sort::Macros => ["Document with macros", "Document avec macros", "Dokument mit Makros"],
            Sort::Outlook => [
                "Outlook attachment package (TNEF)",
                "Paquet de pièces jointes Outlook (TNEF)",
                "Outlook-Anhangspaket (TNEF)",
            ],
            Sort::Signature => ["Signature or key", "Signature ou clé", "Signatur oder Schlüssel"],
            Sort::Other => ["File", "Fichier", "Datei"],
        };
        match self {
            Self::En => en,
            Self::Fr => fr,
            Self::De => de,
        }
    }

    /// What cannot be undone here.
    #[must_use]
    pub const fn message_lock(self, lock: Lock) -> &'static str {
        let [en, fr, de] = match lock {
            Lock::Encrypted => [
                "This message is encrypted. The key is not here: save it, and open it where the key is.",
                "Ce message est chiffré. La clé n’est pas ici\u{a0}: enregistrez-le et ouvrez-le là où se trouve la clé.",
                "Diese Nachricht ist verschlüsselt. Der Schlüssel ist nicht hier: Speichern Sie sie und öffnen Sie sie dort, wo der Schlüssel ist.",
            ],
            Lock::Signed => [
                "This message carries a digital signature, which was not checked here.",
                "Ce message porte une signature numérique, qui n’a pas été vérifiée ici.",
                "Diese Nachricht trägt eine digitale Signatur, die hier nicht geprüft wurde.",
            ],
            Lock::Wrapped => [
                "This message is wrapped in a digital signature and cannot be shown here: save it, and open it in a mail program.",
                "Ce message est enveloppé dans une signature numérique et ne peut pas être affiché ici\u{a0}: enregistrez-le et ouvrez-le dans un logiciel de messagerie.",
                "Diese Nachricht ist in eine digitale Signatur verpackt und kann hier nicht angezeigt werden: Speichern Sie sie und öffnen Sie sie in einem Mailprogramm.",
            ],
        };
        match self {
            Self::En => en,
            Self::Fr => fr,
            Self::De => de,
        }
    }

    /// What reception found out about the sender.
    #[must_use]
    pub const fn message_verdict(self, verdict: Verdict) -> &'static str {
        let [en, fr, de] = match verdict {
            Verdict::Confirmed => [
                "The sender’s domain vouches for this message.",
                "Le domaine de l’expéditeur garantit ce message.",
                "Die Domain des Absenders bürgt für diese Nachricht.",
            ],
            Verdict::Open => [
                "Nobody vouches for the sender’s address.",
                "Rien ne garantit l’adresse de l’expéditeur.",
                "Niemand bürgt für die Adresse des Absenders.",
            ],
            Verdict::Denied => [
                "The sender’s domain says that this message is not theirs: it may be forged.",
                "Le domaine de l’expéditeur désavoue ce message\u{a0}: il peut être falsifié.",
                "Die Domain des Absenders erkennt diese Nachricht nicht an: Sie kann gefälscht sein.",
            ],
        };
        match self {
            Self::En => en,
            Self::Fr => fr,
            Self::De => de,
        }
    }
}
