//! Attachments made on the spot: small, real, and nobody's.

use mail::Timestamp;

use super::picture;

/// A file behind a letter.
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The file of this name; its ending says what it is. `title` stands in it where there is room for words.
pub fn make(name: &str, title: &str, now: Timestamp) -> Attachment {
    let (kind, bytes) = match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "pdf" => ("application/pdf", pdf(title)),
        "csv" => ("text/csv; charset=utf-8", table(name).as_bytes().to_vec()),
        "ics" => ("text/calendar; charset=utf-8; method=REQUEST", invitation(name, title, now).into_bytes()),
        _ => ("image/png", picture::river()),
    };
    Attachment { name: name.to_owned(), kind, bytes }
}

/// One page with one line on it (ISO 32000-1 §7.5): the smallest that readers open without a complaint.
fn pdf(title: &str) -> Vec<u8> {
    let title: String = title.chars().filter(|c| c.is_ascii() && !"()\\".contains(*c)).collect();
    let drawn = format!("BT /F1 16 Tf 60 760 Td ({title}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut file, mut offsets) = (String::from("%PDF-1.4\n"), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        offsets.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table: String = offsets.iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
    let (count, start) = (objects.len() + 1, file.len());
    file += &format!("xref\n0 {count}\n0000000000 65535 f \n{table}");
    file += &format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

fn table(name: &str) -> &'static str {
    match name {
        "Teilnehmerliste.csv" => {
            "Name;Personen;Unterkunft;Hinweis\r\nFamilie Brandt;4;Turnhalle;\r\nFamilie Öztürk;5;Familie Weber;ohne \
             Nüsse\r\nChor;19;Turnhalle;Feldbetten\r\nFamilie Maier;6;Hotel de la Halle;\r\n"
        }
        "host-families.csv" => {
            "pupil,age,food,host\r\nAlice P.,14,anything,Ferrand\r\nBen T.,15,vegetarian,Robert\r\nChloe W.,14,no \
             nuts,Lambert\r\n"
        }
        "stock.csv" => {
            "matériel;quantité;état\r\nsacs de sable;200;prêts\r\npompes;4;trois démarrent\r\nbarques;2;à \
                        vérifier\r\n"
        }
        _ => {
            "référence;désignation;prix\r\nA-100;Ramette de papier;4,20\r\nB-210;Classeur;2,90\r\nC-305;Tampon \
              dateur;11,50\r\n"
        }
    }
}

/// RFC 5545: one appointment of an hour, tomorrow.
fn invitation(name: &str, title: &str, now: Timestamp) -> String {
    let at = |time: Timestamp| time.rfc3339().chars().filter(char::is_ascii_alphanumeric).take(15).collect::<String>();
    let tomorrow = Timestamp::from_unix_s((now.as_unix_s() / 86_400 + 1) * 86_400 + 30_600);
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//mairie.test//demo//FR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n\
         UID:{name}.{}@mairie.test\r\nDTSTAMP:{}Z\r\nDTSTART:{}Z\r\nDTEND:{}Z\r\nSUMMARY:{title}\r\n\
         ORGANIZER:mailto:cabinet@mairie.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        tomorrow.as_unix_s(),
        at(now),
        at(tomorrow),
        at(tomorrow.plus_s(3600)),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_pdf_says_where_its_objects_are() {
        let file = String::from_utf8(pdf("Devis (2214)")).unwrap();
        let start: usize = file.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(file[start..].starts_with("xref\n0 6\n"));
        let third: usize = file[start..].lines().nth(5).unwrap()[..10].parse().unwrap();
        assert!(file[third..].starts_with("3 0 obj"));
    }

    #[test]
    fn an_appointment_is_in_basic_format() {
        let file = invitation("invitation.ics", "Point", Timestamp::from_unix_s(1_763_800_000));
        assert!(file.contains("DTSTART:20251123T083000Z"), "{file}");
    }
}
