//! What search says.

use crate::Lang;

texts! {
    search_results: "Search results", "Résultats de la recherche", "Suchergebnisse";
    search_nothing: "Nothing was found. Check the spelling, or use fewer words.",
        "Aucun résultat. Vérifiez l’orthographe ou utilisez moins de mots.",
        "Nichts gefunden. Prüfen Sie die Schreibweise oder nehmen Sie weniger Wörter.";
    search_how: "Type one or more words; accents and capitals do not matter.",
        "Tapez un ou plusieurs mots\u{a0}; les accents et les majuscules n’ont pas d’importance.",
        "Geben Sie ein oder mehrere Wörter ein; Akzente und Großschreibung spielen keine Rolle.";
    search_how_phrase: "words one after the other", "des mots qui se suivent", "Wörter, die aufeinander folgen";
    search_how_from: "from somebody", "d’un expéditeur", "von jemandem";
    search_how_subject: "in the subject", "dans l’objet", "im Betreff";
    search_how_after: "since a day", "depuis un jour", "seit einem Tag";
    search_how_attachment: "with an attachment", "avec pièce jointe", "mit Anhang";
    search_how_not: "without a word", "sans un mot", "ohne ein Wort";
    search_example_phrase: "\"town council\"", "\"conseil municipal\"", "\"sozialer Wohnungsbau\"";
    search_example_from: "from:martin", "de:martin", "von:martin";
    search_example_subject: "subject:budget", "objet:budget", "betreff:haushalt";
    search_example_after: "after:2026-11-01", "après:01/11/2026", "nach:1.11.2026";
    search_example_attachment: "has:attachment", "avec:pj", "mit:anhang";
    search_example_not: "-draft", "-brouillon", "-entwurf";
    search_filters: "Filters", "Filtres", "Filter";
    search_words: "Words", "Mots", "Wörter";
    search_in: "Folder", "Dossier", "Ordner";
    search_everywhere: "All folders", "Tous les dossiers", "Alle Ordner";
    search_from: "From", "Expéditeur", "Von";
    search_to: "To", "Destinataire", "An";
    search_after: "Since", "Depuis le", "Seit";
    search_before: "Before", "Avant le", "Vor";
    search_attachment: "With an attachment", "Avec pièce jointe", "Mit Anhang";
    search_go: "Search", "Rechercher", "Suchen";
    search_clear: "Clear the filters", "Effacer les filtres", "Filter löschen";
    search_too_many: "There are more. Add words or filters to narrow the search.",
        "Il y en a d’autres. Ajoutez des mots ou des filtres pour préciser la recherche.",
        "Es gibt noch mehr. Grenzen Sie die Suche mit weiteren Wörtern oder Filtern ein.";
}

impl Lang {
    /// "Results 51 to 100"
    #[must_use]
    pub fn search_range(self, from: usize, to: usize) -> String {
        match self {
            Self::En => format!("Results {from} to {to}"),
            Self::Fr => format!("Résultats {from} à {to}"),
            Self::De => format!("Treffer {from} bis {to}"),
        }
    }

    /// "12 messages", or "More than 50 messages" where nobody counted on.
    #[must_use]
    pub fn search_count(self, count: usize, has_more: bool) -> String {
        match (self, has_more) {
            (Self::En, true) => format!("More than {count} messages"),
            (Self::Fr, true) => format!("Plus de {count} messages"),
            (Self::De, true) => format!("Mehr als {count} Nachrichten"),
            (Self::En, false) if count == 1 => "1 message".to_owned(),
            (Self::En, false) => format!("{count} messages"),
            (Self::Fr, false) if count < 2 => format!("{count} message"),
            (Self::Fr, false) => format!("{count} messages"),
            (Self::De, false) if count == 1 => "1 Nachricht".to_owned(),
            (Self::De, false) => format!("{count} Nachrichten"),
        }
    }
}
