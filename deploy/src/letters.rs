//! A town hall's week of believable mail, in French, English and German.

use mail::{Timestamp, encoded_words};

use crate::staff::{DOMAIN, Person};

/// One message lying in a mailbox before the story begins.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The folder: `INBOX`, or one of the primary's own.
    pub folder: &'static str,
    /// It has been read.
    pub seen: bool,
    /// It is flagged.
    pub flagged: bool,
    /// When the primary received it.
    pub received_at: Timestamp,
    /// The message, CRLF line ends.
    pub raw: Vec<u8>,
}

struct Text {
    folder: &'static str,
    from: &'static str,
    subject: &'static str,
    body: &'static str,
    flagged: bool,
}

const fn text(folder: &'static str, from: &'static str, subject: &'static str, body: &'static str) -> Text {
    Text { folder, from, subject, body, flagged: false }
}

const fn flagged(from: &'static str, subject: &'static str, body: &'static str) -> Text {
    Text { folder: "INBOX", from, subject, body, flagged: true }
}

const TEXTS: [Text; 14] = [
    flagged(
        "Préfecture <permanence@prefecture.test>",
        "Vigilance orange : crues sur l'Ource à partir de jeudi",
        "Bonjour,\n\nLe service de prévision annonce une montée des eaux dans la nuit de mercredi à jeudi. Merci de \
         vérifier le contenu du plan communal de sauvegarde et de nous confirmer le numéro d'astreinte.\n\nLa permanence",
    ),
    text(
        "INBOX",
        "Travaux publics Armand <devis@armand-tp.test>",
        "Devis n° 2214 : réfection du trottoir, rue des Tanneurs",
        "Bonjour,\n\nVeuillez trouver notre offre : 148 mètres linéaires, dépose comprise, 23 460 € hors taxes. Elle vaut \
         jusqu'à la fin du mois. Nous pourrions commencer le 2.\n\nBien à vous,\nF. Armand",
    ),
    text(
        "INBOX",
        "Leoni Brandt <leoni.brandt@partnerstadt.test>",
        "Besuch zum Weihnachtsmarkt: Zimmer und Bus",
        "Liebe Freunde,\n\nwir kommen mit 34 Personen, davon acht Kinder. Der Bus darf bis zum Rathaus fahren, oder sollen \
         wir am Bahnhof halten? Die Größe der Turnhalle reicht uns für die Feldbetten völlig.\n\nHerzliche Grüße\nLeoni",
    ),
    text(
        "INBOX",
        "Emily Carter <emily.carter@twinning.test>",
        "School exchange in May: list of host families",
        "Dear all,\n\nPlease find below the number of pupils we would bring in May: twenty-two, and three teachers. Two \
         pupils are vegetarian and one cannot have nuts. Could the school tell us about the bus?\n\nKind regards,\nEmily",
    ),
    text(
        "INBOX",
        "Mme Joly <j.joly@habitants.test>",
        "Acte de naissance de mon père",
        "Madame, Monsieur,\n\nPour un dossier de retraite il me faut une copie intégrale de l'acte de naissance de mon \
         père, né à la maternité en 1941. Puis-je passer samedi matin ?\n\nAvec mes remerciements,\nJ. Joly",
    ),
    text(
        "INBOX",
        "École Jules-Ferry <direction@ecole-ferry.test>",
        "Chauffage en panne, salles 3 et 4",
        "Bonjour,\n\nIl fait 14 °C depuis ce matin. Nous avons regroupé les deux classes en bibliothèque, mais cela ne \
         tiendra pas deux jours. Qui peut passer ?\n\nLa directrice",
    ),
    text(
        "INBOX",
        "Club de l'amitié <bureau@amitie.test>",
        "Réservation de la salle des fêtes, 13 décembre",
        "Bonjour,\n\nComme chaque année nous aimerions la salle de 14 h à 19 h, avec la cuisine. Nous serons une \
         centaine. Faut-il reprendre une attestation d'assurance ?\n\nMerci d'avance",
    ),
    text(
        "INBOX",
        "Stadtwerke Partnerstadt <info@partnerstadt.test>",
        "Rückfrage zur Pumpe",
        "Guten Tag,\n\ndie Pumpe, die wir im Sommer geliehen haben, läuft noch. Sollen wir sie vor dem Frost zurückgeben, \
         oder brauchen Sie sie bei Hochwasser eher hier?\n\nMit freundlichen Grüßen",
    ),
    text(
        "Dossiers/Conseil",
        "Cabinet <cabinet@mairie.test>",
        "Ordre du jour du conseil, version 3",
        "Bonjour à tous,\n\nPoint 7 déplacé après le point 4, à la demande des finances. Les pièces partent demain soir : \
         dernier délai pour vos corrections.\n\nInès",
    ),
    text(
        "Dossiers/Conseil",
        "DGS <dgs@mairie.test>",
        "Procès-verbal du 12, à relire",
        "Bonjour,\n\nMerci de relire vos interventions avant vendredi. L'enregistrement est au secrétariat.\n\nPh. Roussel",
    ),
    text(
        "Sent",
        "{self}",
        "Re: Réservation de la salle des fêtes, 13 décembre",
        "Bonjour,\n\nLa salle est à vous. L'attestation de l'an dernier est échue, il m'en faudrait une nouvelle.\n\nBonne \
         journée",
    ),
    text(
        "Sent",
        "{self}",
        "Re: Besuch zum Weihnachtsmarkt: Zimmer und Bus",
        "Liebe Leoni,\n\nam Rathaus ist am besten, der Platz bleibt bis elf Uhr frei. Wir freuen uns!\n\nBis bald",
    ),
    text(
        "Drafts",
        "{self}",
        "Note sur les astreintes de fin d'année",
        "À compléter : qui est là le 24 et le 31, et qui a la clé du local de la pompe.",
    ),
    text(
        "Trash",
        "Salon des maires <newsletter@salon.test>",
        "Plus que trois jours pour vous inscrire",
        "Le salon ouvre ses portes. Votre badge vous attend.",
    ),
];

/// The week of one person: every text, spread over the ten days before `now`, the newest unread.
#[must_use]
pub fn week_of(person: &Person, now: Timestamp) -> Vec<Letter> {
    let address = person.address();
    TEXTS.iter().enumerate().map(|(number, text)| letter(text, number, person, &address, now)).collect()
}

fn letter(text: &Text, number: usize, person: &Person, address: &str, now: Timestamp) -> Letter {
    let age_h = i64::try_from(number).unwrap_or_default() * 17 + 2;
    let received_at = now.plus_s(-age_h * 3600);
    let from_self = text.from == "{self}";
    let own = format!("{} <{address}>", encoded(&person.name()));
    let from = if from_self { own.clone() } else { named(text.from) };
    let to = if from_self { "bureau@amitie.test".to_owned() } else { own };
    let raw = compose(&Parts {
        from: &from,
        to: &to,
        subject: text.subject,
        body: text.body,
        id: &format!("{number}.{}", person.login),
        at: received_at,
    });
    Letter { folder: text.folder, seen: text.folder != "INBOX" || number > 4, flagged: text.flagged, received_at, raw }
}

/// What a plain message is made of. `from` and `to` are header-ready.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The From field.
    pub from: &'a str,
    /// The To field.
    pub to: &'a str,
    /// The subject, as people read it.
    pub subject: &'a str,
    /// The text, `\n` between lines.
    pub body: &'a str,
    /// The left part of the Message-ID, which has to be unique.
    pub id: &'a str,
    /// The date.
    pub at: Timestamp,
}

/// A plain text message in UTF-8, 8 bit, CRLF line ends.
#[must_use]
pub fn compose(parts: &Parts<'_>) -> Vec<u8> {
    let lines = [
        format!("From: {}", parts.from),
        format!("To: {}", parts.to),
        format!("Subject: {}", encoded(parts.subject)),
        format!("Date: {}", parts.at.rfc5322()),
        format!("Message-ID: <{}.{}@{DOMAIN}>", parts.id, parts.at.as_unix_s()),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        String::new(),
        parts.body.replace('\n', "\r\n"),
        String::new(),
    ];
    lines.join("\r\n").into_bytes()
}

fn named(mailbox: &str) -> String {
    match mailbox.split_once(" <") {
        Some((name, rest)) => format!("{} <{rest}", encoded(name)),
        None => mailbox.to_owned(),
    }
}

fn encoded(text: &str) -> String {
    encoded_words(text).join("\r\n ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::staff::STAFF;

    #[test]
    fn everybody_has_a_week_within_the_window() {
        let now = Timestamp::from_unix_s(1_763_800_000);
        for person in &STAFF {
            let week = week_of(person, now);
            assert_eq!(week.len(), TEXTS.len());
            assert!(week.iter().all(|letter| now.ms_since(letter.received_at) < 30 * 86_400_000));
        }
    }

    #[test]
    fn headers_are_ascii_and_lines_short() {
        let week = week_of(&STAFF[1], Timestamp::from_unix_s(1_763_800_000));
        for letter in week {
            let raw = String::from_utf8(letter.raw).unwrap();
            let header = raw.split("\r\n\r\n").next().unwrap();
            assert!(header.is_ascii() && header.lines().all(|line| line.len() <= 998), "{header}");
        }
    }
}
