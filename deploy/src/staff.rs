//! The town hall of `mairie.test`: who works there, under which addresses and in which groups.

/// The organisation's domain.
pub const DOMAIN: &str = "mairie.test";

/// Everybody's password at the stage's primary, and in the demo at Relais; it exists nowhere else.
pub const PASSWORD: &str = "relais-demo";

/// One person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The local part of the main address.
    pub login: &'static str,
    /// Given name; empty for a counter or an office.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// The office.
    pub department: &'static str,
    /// The local part of another address, or nothing.
    pub alias: &'static str,
}

impl Person {
    /// The main address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{DOMAIN}", self.login)
    }

    /// The name as the address book shows it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }
}

/// One distribution list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The local part of its address.
    pub login: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its members' logins.
    pub members: &'static [&'static str],
}

const fn one(
    login: &'static str,
    given: &'static str,
    family: &'static str,
    department: &'static str,
    alias: &'static str,
) -> Person {
    Person { login, given, family, department, alias }
}

/// The 42 people, the counter and the mayor first.
pub const STAFF: [Person; 42] = [
    one("accueil", "", "Accueil", "Accueil", "contact"),
    one("maire", "Hélène", "Delorme", "Cabinet", "helene.delorme"),
    one("adjoint.finances", "Bruno", "Castel", "Cabinet", "bruno.castel"),
    one("adjoint.ecoles", "Nadia", "Ferrand", "Cabinet", "nadia.ferrand"),
    one("dgs", "Philippe", "Roussel", "Direction générale", "philippe.roussel"),
    one("cabinet", "Inès", "Moreau", "Cabinet", "ines.moreau"),
    one("etat-civil", "Martine", "Aubry-Lenoir", "État civil", "martine.lenoir"),
    one("s.benali", "Samir", "Benali", "État civil", ""),
    one("elections", "Odile", "Gautier", "Élections", "odile.gautier"),
    one("urbanisme", "Thomas", "Weber", "Urbanisme", "thomas.weber"),
    one("permis", "Claire", "Jacquet", "Urbanisme", "claire.jacquet"),
    one("cadastre", "Étienne", "Perrot", "Urbanisme", ""),
    one("voirie", "Marc", "Lefebvre", "Services techniques", "marc.lefebvre"),
    one("espaces-verts", "Lucie", "Marchand", "Services techniques", ""),
    one("eau", "Jean-Yves", "Kerbrat", "Services techniques", "assainissement"),
    one("batiments", "Stéphane", "Colin", "Services techniques", ""),
    one("astreinte", "", "Astreinte technique", "Services techniques", "urgence"),
    one("police", "Karim", "Haddad", "Police municipale", "police-municipale"),
    one("asvp", "Sandrine", "Petit", "Police municipale", ""),
    one("ecoles", "Véronique", "Blanc", "Affaires scolaires", "affaires.scolaires"),
    one("cantine", "Patrick", "Noël", "Affaires scolaires", "restauration"),
    one("periscolaire", "Aurélie", "Simon", "Affaires scolaires", ""),
    one("creche", "Fatou", "Diallo", "Petite enfance", "petite-enfance"),
    one("ccas", "Monique", "Robert", "Action sociale", "social"),
    one("logement", "David", "Nguyen", "Action sociale", ""),
    one("seniors", "Bernadette", "Olivier", "Action sociale", ""),
    one("bibliotheque", "Camille", "Fontaine", "Culture", "mediatheque"),
    one("culture", "Antoine", "Lambert", "Culture", ""),
    one("musee", "Greta", "Hoffmann", "Culture", "greta.hoffmann"),
    one("sports", "Julien", "Rivière", "Sports", ""),
    one("associations", "Pauline", "Garnier", "Vie associative", ""),
    one("jumelage", "Sabine", "Köhler", "Jumelage", "sabine.koehler"),
    one("communication", "Romain", "Da Silva", "Communication", "presse"),
    one("web", "Léa", "Brun", "Communication", "webmaster"),
    one("finances", "Christine", "Bailly", "Finances", "christine.bailly"),
    one("comptabilite", "Gérard", "Mallet", "Finances", "factures"),
    one("marches", "Isabelle", "Rey", "Commande publique", "commande.publique"),
    one("rh", "Laurence", "Dumas", "Ressources humaines", "ressources.humaines"),
    one("paie", "Michel", "Arnaud", "Ressources humaines", ""),
    one("juridique", "Sophie", "Vidal", "Affaires juridiques", ""),
    one("archives", "Yann", "Le Goff", "Archives", ""),
    one("dsi", "Alex", "Martin", "Informatique", "informatique"),
];

/// The distribution lists.
pub const GROUPS: [Group; 5] = [
    Group { login: "elus", name: "Élus", members: &["maire", "adjoint.finances", "adjoint.ecoles"] },
    Group {
        login: "technique",
        name: "Services techniques",
        members: &["voirie", "espaces-verts", "eau", "batiments", "astreinte"],
    },
    Group { login: "guichets", name: "Guichets", members: &["accueil", "etat-civil", "s.benali", "elections", "ccas"] },
    // A list in a list, as every town hall has one.
    Group {
        login: "cellule-de-crise",
        name: "Cellule de crise",
        members: &["elus", "dgs", "dsi", "police", "technique"],
    },
    Group { login: "tous", name: "Tous les services", members: &EVERYBODY },
];

#[expect(clippy::indexing_slicing, reason = "the compiler counts")]
const EVERYBODY: [&str; STAFF.len()] = {
    let mut logins = [""; STAFF.len()];
    let mut number = 0;
    while number < STAFF.len() {
        logins[number] = STAFF[number].login;
        number += 1;
    }
    logins
};

/// People elsewhere whom the address book knows.
pub const CONTACTS: [(&str, &str); 4] = [
    ("Préfecture, permanence", "permanence@prefecture.test"),
    ("Leoni Brandt (Partnerstadt)", "leoni.brandt@partnerstadt.test"),
    ("Travaux publics Armand", "devis@armand-tp.test"),
    ("Sapeurs-pompiers, centre d'appel", "cta@pompiers.test"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_addresses_are_the_same() {
        let logins = STAFF.iter().map(|one| one.login).chain(GROUPS.iter().map(|one| one.login));
        let aliases = STAFF.iter().map(|one| one.alias).filter(|alias| !alias.is_empty());
        let all: Vec<&str> = logins.chain(aliases).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn every_member_exists() {
        let known: BTreeSet<&str> =
            STAFF.iter().map(|one| one.login).chain(GROUPS.iter().map(|one| one.login)).collect();
        assert!(GROUPS.iter().flat_map(|group| group.members).all(|member| known.contains(member)));
    }
}
