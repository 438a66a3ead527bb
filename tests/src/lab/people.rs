//! Who works at `corp.test`: 220 people with aliases, groups, hidden entries and external contacts.

/// The domain they write from.
pub const DOMAIN: &str = "corp.test";

/// A person, or a mailbox that several share.
pub struct Person {
    /// The local part of the primary address, and the `uid`.
    pub login: String,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Local parts of the other addresses.
    pub aliases: Vec<String>,
    /// Kept out of address lists.
    pub hidden: bool,
}

/// A distribution list.
pub struct Group {
    /// The local part of its address.
    pub login: String,
    /// Logins of its members.
    pub members: Vec<String>,
    /// Names of contacts in it.
    pub contacts: Vec<String>,
}

/// Somebody elsewhere who stands in the address book.
pub struct Contact {
    /// Shown name, and `cn`.
    pub name: String,
    /// Address elsewhere.
    pub address: String,
}

const GIVEN: [&str; 11] =
    ["Amina", "Bruno", "Chloé", "Driss", "Élodie", "François", "Inès", "Jean-Noël", "Léa", "Maël", "Zoë"];
const FAMILY: [&str; 20] = [
    "Abadie",
    "Bœuf",
    "Carpentier",
    "Delaître",
    "Etcheverry",
    "Faure",
    "Guérin",
    "Haddad",
    "Imbert",
    "Joly",
    "Kessler",
    "Le Goff",
    "Müller",
    "Nguyên",
    "O'Brien",
    "Pérez",
    "Quentin",
    "Roche",
    "Sánchez",
    "Weiß",
];

impl Person {
    /// The primary address.
    pub fn address(&self) -> String {
        format!("{}@{DOMAIN}", self.login)
    }

    /// Name as shown.
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// Everybody: `accueil`, `maire`, `compta` and 217 others.
pub fn people() -> Vec<Person> {
    let known = [
        ("accueil", "Accueil", "Mairie", vec!["contact", "mairie"]),
        ("maire", "Madame", "Le Maire", vec!["cabinet"]),
        ("compta", "Service", "Comptabilité", vec![]),
    ];
    let known = known.map(|(login, given, family, aliases)| Person {
        login: login.into(),
        given: given.into(),
        family: family.into(),
        aliases: aliases.into_iter().map(Into::into).collect(),
        hidden: false,
    });
    let given_family = FAMILY.iter().flat_map(|family| GIVEN.iter().map(move |given| (given, family)));
    let others = given_family.take(217).enumerate().map(|(number, (given, family))| Person {
        login: format!("p{number:03}"),
        given: (*given).into(),
        family: (*family).into(),
        aliases: if number % 3 == 0 { vec![format!("personne.{number}")] } else { vec![] },
        hidden: number % 20 == 19,
    });
    known.into_iter().chain(others).collect()
}

/// The distribution lists; `tous` holds the whole house by way of another group's members.
pub fn groups() -> Vec<Group> {
    let first = |count: usize| (0..count).map(|number| format!("p{number:03}")).collect::<Vec<_>>();
    vec![
        Group { login: "urbanisme".into(), members: first(4), contacts: vec![] },
        Group { login: "direction".into(), members: vec!["maire".into(), "accueil".into()], contacts: vec![] },
        Group { login: "marches".into(), members: vec!["compta".into()], contacts: vec!["Fournisseur Un".into()] },
        Group { login: "tous".into(), members: people().into_iter().map(|one| one.login).collect(), contacts: vec![] },
    ]
}

/// The external contacts.
pub fn contacts() -> Vec<Contact> {
    let contact = |name: &str, login: &str| Contact { name: name.into(), address: format!("{login}@partner.test") };
    vec![contact("Fournisseur Un", "fournisseur"), contact("Préfecture", "prefecture"), contact("Presse", "presse")]
}
