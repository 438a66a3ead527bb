//! What every page says: the frame, the guard, folders. Rooms have texts of their own.

use mail::FolderRole;

use crate::Lang;

texts! {
    skip_to_content: "Skip to content", "Aller au contenu", "Zum Inhalt";
    folders_title: "Folders", "Dossiers", "Ordner";
    new_message: "New message", "Nouveau message", "Neue Nachricht";
    drafts_title: "Drafts", "Brouillons", "Entwürfe";
    contacts_title: "Contacts", "Contacts", "Kontakte";
    account_title: "My account", "Mon compte", "Mein Konto";
    sign_out: "Sign out", "Se déconnecter", "Abmelden";
    search: "Search", "Rechercher", "Suchen";
    search_mail: "Search mail", "Rechercher dans les messages", "Nachrichten durchsuchen";
    shortcuts_title: "Keyboard shortcuts", "Raccourcis clavier", "Tastenkürzel";
    language: "Language", "Langue", "Sprache";
    back: "Back", "Retour", "Zurück";
    cancel: "Cancel", "Annuler", "Abbrechen";
    go_on: "Go on", "Continuer", "Weiter";
    banner_active: "Emergency mail service: your usual mail system is out of use.",
        "Messagerie de secours\u{a0}: votre messagerie habituelle est hors service.",
        "Notfall-Postfach: Ihr gewohntes Mailsystem ist außer Betrieb.";
    banner_failback: "Your usual mail system is coming back. Go on working here until you are told.",
        "Votre messagerie habituelle revient. Continuez à travailler ici jusqu’au signal.",
        "Ihr gewohntes Mailsystem kommt zurück. Arbeiten Sie hier weiter, bis Sie Bescheid bekommen.";
    banner_after: "What happens afterwards?", "Et ensuite\u{202f}?", "Was geschieht danach?";
    banner_after_text: "When your usual mail system is back, everything you received, sent, moved and deleted here is put into it, once. You need not copy anything.",
        "Quand votre messagerie habituelle sera rétablie, tout ce que vous aurez reçu, envoyé, déplacé et supprimé ici y sera reporté, une seule fois. Vous n’avez rien à copier.",
        "Sobald Ihr gewohntes Mailsystem wieder da ist, wird alles, was Sie hier empfangen, gesendet, verschoben und gelöscht haben, dorthin übertragen, genau einmal. Sie brauchen nichts zu kopieren.";
    folder_inbox: "Inbox", "Boîte de réception", "Posteingang";
    folder_drafts: "Drafts (mail programs)", "Brouillons (logiciels de messagerie)", "Entwürfe (Mailprogramme)";
    folder_sent: "Sent Items", "Éléments envoyés", "Gesendete Elemente";
    folder_trash: "Deleted Items", "Éléments supprimés", "Gelöschte Elemente";
    folder_junk: "Junk Email", "Courrier indésirable", "Junk-E-Mail";
    folder_archive: "Archive", "Archive", "Archiv";
    folder_marked: "Unverified", "Non vérifié", "Ungeprüft";
    marked_warning: "This mail came after the attack began and may be forged. Do not follow links, open attachments or act on it before you have checked by telephone.",
        "Ces messages sont arrivés après le début de l’attaque et peuvent être falsifiés. Ne suivez aucun lien, n’ouvrez aucune pièce jointe et n’y donnez aucune suite avant d’avoir vérifié par téléphone.",
        "Diese Nachrichten kamen nach Beginn des Angriffs und können gefälscht sein. Folgen Sie keinem Link, öffnen Sie keinen Anhang und handeln Sie nicht danach, bevor Sie telefonisch nachgefragt haben.";
    list_title: "Messages", "Messages", "Nachrichten";
    list_empty: "There is no message here.", "Il n’y a aucun message ici.", "Hier ist keine Nachricht.";
    list_all: "All", "Tous", "Alle";
    list_unread_only: "Unread", "Non lus", "Ungelesen";
    list_unread: "Unread", "Non lu", "Ungelesen";
    list_flagged: "Flagged", "Marqué d’un indicateur", "Gekennzeichnet";
    list_answered: "Answered", "Répondu", "Beantwortet";
    list_attachment: "Has an attachment", "Avec pièce jointe", "Mit Anhang";
    list_no_subject: "(No subject)", "(Aucun objet)", "(Kein Betreff)";
    list_no_sender: "(Unknown sender)", "(Expéditeur inconnu)", "(Unbekannter Absender)";
    list_newer: "Newer", "Plus récents", "Neuere";
    list_older: "Older", "Plus anciens", "Ältere";
    list_act: "With the ticked messages", "Avec les messages cochés", "Mit den angekreuzten Nachrichten";
    list_tick: "Tick", "Cocher", "Ankreuzen";
    list_nothing_ticked: "Tick at least one message first.", "Cochez d’abord au moins un message.",
        "Kreuzen Sie zuerst mindestens eine Nachricht an.";
    act_read: "Mark as read", "Marquer comme lu", "Als gelesen markieren";
    act_unread: "Mark as unread", "Marquer comme non lu", "Als ungelesen markieren";
    act_flag: "Flag", "Marquer d’un indicateur", "Kennzeichnen";
    act_unflag: "Remove flag", "Enlever l’indicateur", "Kennzeichnung entfernen";
    act_delete: "Delete", "Supprimer", "Löschen";
    act_delete_ever: "Delete for ever", "Supprimer définitivement", "Endgültig löschen";
    act_move: "Move", "Déplacer", "Verschieben";
    act_move_to: "Move to", "Déplacer vers", "Verschieben nach";
    act_junk: "Junk", "Indésirable", "Junk";
    act_undo: "Undo", "Annuler", "Rückgängig machen";
    done_moved: "Moved.", "Déplacé.", "Verschoben.";
    done_deleted: "Moved to Deleted Items.", "Déplacé dans les éléments supprimés.", "In „Gelöschte Elemente“ verschoben.";
    done_deleted_ever: "Deleted for ever.", "Supprimé définitivement.", "Endgültig gelöscht.";
    done_marked: "Done.", "C’est fait.", "Erledigt.";
    folder_new: "New folder", "Nouveau dossier", "Neuer Ordner";
    folder_name: "Name", "Nom", "Name";
    folder_make: "Create", "Créer", "Anlegen";
    kept_title: "Nothing is lost", "Rien n’est perdu", "Nichts ist verloren";
    kept_signed_out: "You are no longer signed in, so this was not done yet. What you typed is kept on this page: sign in in the new window, come back here and press Go on.",
        "Vous n’êtes plus connecté\u{a0}: l’action n’a pas encore eu lieu. Votre saisie est conservée sur cette page\u{a0}: connectez-vous dans la nouvelle fenêtre, revenez ici et appuyez sur Continuer.",
        "Sie sind nicht mehr angemeldet, deshalb ist noch nichts geschehen. Ihre Eingaben bleiben auf dieser Seite: Melden Sie sich im neuen Fenster an, kommen Sie hierher zurück und drücken Sie auf Weiter.";
    kept_stale: "This page was open for long, or in two windows. Nothing was done yet and what you typed is kept: press Go on if you still want it.",
        "Cette page était ouverte depuis longtemps, ou dans deux fenêtres. L’action n’a pas encore eu lieu et votre saisie est conservée\u{a0}: appuyez sur Continuer si vous la voulez toujours.",
        "Diese Seite war lange oder in zwei Fenstern offen. Noch ist nichts geschehen, und Ihre Eingaben sind da: Drücken Sie auf Weiter, wenn Sie es noch wollen.";
    kept_no_second: "Your organisation asks for a second proof at sign-in, and you have none yet, so this was not done. What you typed is kept on this page: set the proof up in the new window, come back here and press Go on.",
        "Votre organisation demande une seconde preuve à la connexion et vous n’en avez pas encore\u{a0}: l’action n’a pas eu lieu. Votre saisie est conservée sur cette page\u{a0}: ajoutez la preuve dans la nouvelle fenêtre, revenez ici et appuyez sur Continuer.",
        "Ihre Organisation verlangt bei der Anmeldung einen zweiten Nachweis, und Sie haben noch keinen; deshalb ist nichts geschehen. Ihre Eingaben bleiben auf dieser Seite: Richten Sie den Nachweis im neuen Fenster ein, kommen Sie hierher zurück und drücken Sie auf Weiter.";
    kept_what: "What you typed", "Votre saisie", "Ihre Eingaben";
    sign_in_new_window: "Sign in (new window)", "Se connecter (nouvelle fenêtre)", "Anmelden (neues Fenster)";
    trouble_title: "This did not work", "Cela n’a pas fonctionné", "Das hat nicht geklappt";
    trouble_no_such: "There is nothing at this address. It may have been moved or deleted.",
        "Il n’y a rien à cette adresse. L’élément a peut-être été déplacé ou supprimé.",
        "Unter dieser Adresse gibt es nichts. Vielleicht wurde es verschoben oder gelöscht.";
    trouble_sealed: "Your mailbox is being opened. This page tries again by itself.",
        "Votre boîte aux lettres est en cours d’ouverture. Cette page réessaie toute seule.",
        "Ihr Postfach wird gerade geöffnet. Diese Seite versucht es von selbst noch einmal.";
    trouble_standby: "Your usual mail system is in use. Here you can only prepare how you would sign in if it failed.",
        "Votre messagerie habituelle est en service. Ici, vous pouvez seulement préparer votre connexion pour le jour où elle tomberait.",
        "Ihr gewohntes Mailsystem ist in Betrieb. Hier können Sie nur vorbereiten, wie Sie sich anmelden, falls es ausfällt.";
    trouble_full: "There is no room left at the moment. Nothing is lost: try again later.",
        "Il n’y a plus de place pour le moment. Rien n’est perdu\u{a0}: réessayez plus tard.",
        "Zurzeit ist kein Platz mehr. Nichts ist verloren: Versuchen Sie es später noch einmal.";
    trouble_internal: "Something is wrong on our side. Nothing is lost: try again in a minute.",
        "Un problème est survenu de notre côté. Rien n’est perdu\u{a0}: réessayez dans une minute.",
        "Auf unserer Seite stimmt etwas nicht. Nichts ist verloren: Versuchen Sie es in einer Minute noch einmal.";
    trouble_refused: "This cannot be done here.", "Cela n’est pas possible ici.", "Das geht hier nicht.";
    trouble_too_large: "This is too large.", "C’est trop volumineux.", "Das ist zu groß.";
    trouble_strange: "This request did not come from one of our pages, so nothing was done.",
        "Cette demande ne vient pas d’une de nos pages\u{a0}: rien n’a été fait.",
        "Diese Anfrage kam nicht von einer unserer Seiten, deshalb ist nichts geschehen.";
}

impl Lang {
    /// A folder's name: Outlook's word for what it is for, else its own.
    #[must_use]
    pub fn folder(self, role: Option<FolderRole>, name: &str) -> String {
        let word = match role {
            Some(FolderRole::Inbox) => self.folder_inbox(),
            Some(FolderRole::Drafts) => self.folder_drafts(),
            Some(FolderRole::Sent) => self.folder_sent(),
            Some(FolderRole::Trash) => self.folder_trash(),
            Some(FolderRole::Junk) => self.folder_junk(),
            Some(FolderRole::Archive) => self.folder_archive(),
            Some(FolderRole::Marked) => self.folder_marked(),
            None => return name.to_owned(),
        };
        word.to_owned()
    }

    /// "3 messages, 1 unread"
    #[must_use]
    pub fn counted(self, messages: u64, unseen: u64) -> String {
        match self {
            Self::En if messages == 1 => format!("1 message, {unseen} unread"),
            Self::En => format!("{messages} messages, {unseen} unread"),
            Self::Fr if messages < 2 => format!("{messages} message, {unseen} non lu"),
            Self::Fr => format!("{messages} messages, {unseen} non lus"),
            Self::De if messages == 1 => format!("1 Nachricht, {unseen} ungelesen"),
            Self::De => format!("{messages} Nachrichten, {unseen} ungelesen"),
        }
    }

    /// "3 unread" beside a folder.
    #[must_use]
    pub fn unseen(self, unseen: u64) -> String {
        match self {
            Self::En => format!("{unseen} unread"),
            Self::Fr if unseen < 2 => format!("{unseen} non lu"),
            Self::Fr => format!("{unseen} non lus"),
            Self::De => format!("{unseen} ungelesen"),
        }
    }

    /// Asked before messages are deleted for ever.
    #[must_use]
    pub fn list_sure(self, messages: usize) -> String {
        match self {
            Self::En if messages == 1 => "Delete this message for ever? It cannot be brought back.".to_owned(),
            Self::En => format!("Delete these {messages} messages for ever? They cannot be brought back."),
            Self::Fr if messages == 1 => {
                "Supprimer définitivement ce message\u{202f}? Il ne pourra pas être récupéré.".to_owned()
            }
            Self::Fr => {
                format!("Supprimer définitivement ces {messages} messages\u{202f}? Ils ne pourront pas être récupérés.")
            }
            Self::De if messages == 1 => {
                "Diese Nachricht endgültig löschen? Sie kann nicht zurückgeholt werden.".to_owned()
            }
            Self::De => {
                format!("Diese {messages} Nachrichten endgültig löschen? Sie können nicht zurückgeholt werden.")
            }
        }
    }

    /// "Messages 51 to 100 of 312"
    #[must_use]
    pub fn list_range(self, from: u64, to: u64, of: u64) -> String {
        match self {
            Self::En => format!("{from} to {to} of {of}"),
            Self::Fr => format!("{from} à {to} sur {of}"),
            Self::De => format!("{from} bis {to} von {of}"),
        }
    }
}
