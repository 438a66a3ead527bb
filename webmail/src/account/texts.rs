//! What the account pages say.

use crate::Lang;

texts! {
    account_protect: "How you sign in", "Comment vous vous connectez", "So melden Sie sich an";
    account_password: "Password", "Mot de passe", "Passwort";
    account_password_change: "Change the password", "Changer le mot de passe", "Passwort ändern";
    account_password_new: "New password", "Nouveau mot de passe", "Neues Passwort";
    account_password_done: "Your password is changed. Your other sessions are ended.",
        "Votre mot de passe est changé. Vos autres sessions sont terminées.",
        "Ihr Passwort ist geändert. Ihre anderen Sitzungen sind beendet.";
    account_confirm: "Your present password, to be sure it is you",
        "Votre mot de passe actuel, pour vérifier que c’est bien vous",
        "Ihr jetziges Passwort, damit sicher ist, dass Sie es sind";
    account_confirm_wrong: "This is not your present password, so nothing was changed.",
        "Ce n’est pas votre mot de passe actuel\u{a0}: rien n’a été changé.",
        "Das ist nicht Ihr jetziges Passwort; es wurde nichts geändert.";
    account_totp: "Authenticator app", "Application d’authentification", "Authentifizierungs-App";
    account_totp_add: "Add an authenticator app", "Ajouter une application d’authentification", "Authentifizierungs-App hinzufügen";
    account_totp_scan: "Scan this picture with your authenticator app, or type the key into it. Then type the code that it shows.",
        "Scannez cette image avec votre application d’authentification, ou saisissez-y la clé. Saisissez ensuite le code qu’elle affiche.",
        "Scannen Sie dieses Bild mit Ihrer Authentifizierungs-App, oder tippen Sie den Schlüssel ein. Geben Sie dann den Code ein, den sie zeigt.";
    account_totp_picture: "Picture for your authenticator app", "Image pour votre application d’authentification", "Bild für Ihre Authentifizierungs-App";
    account_totp_key: "Key", "Clé", "Schlüssel";
    account_totp_link: "Open in an app on this device", "Ouvrir dans une application de cet appareil", "In einer App auf diesem Gerät öffnen";
    account_totp_code: "Code shown by the app", "Code affiché par l’application", "Code, den die App zeigt";
    account_totp_wrong: "This code is not the one of this key. Look whether the clock of your phone is right, and type the next code.",
        "Ce code ne correspond pas à cette clé. Vérifiez l’heure de votre téléphone et saisissez le code suivant.",
        "Dieser Code gehört nicht zu diesem Schlüssel. Prüfen Sie die Uhr Ihres Telefons und geben Sie den nächsten Code ein.";
    account_totp_done: "Your authenticator app is set up.", "Votre application d’authentification est prête.", "Ihre Authentifizierungs-App ist eingerichtet.";
    account_passkeys: "Passkeys", "Clés d’accès", "Passkeys";
    account_passkey_add: "Add a passkey", "Ajouter une clé d’accès", "Passkey hinzufügen";
    account_passkey_hint: "Your phone, computer or security key then signs you in by fingerprint, face or PIN. Nobody can lure it to another page.",
        "Votre téléphone, votre ordinateur ou votre clé de sécurité vous connecte alors par empreinte, visage ou code. Aucune fausse page ne peut l’obtenir.",
        "Ihr Telefon, Computer oder Sicherheitsschlüssel meldet Sie dann per Fingerabdruck, Gesicht oder PIN an. Keine falsche Seite kann ihn erschleichen.";
    account_passkey_needs: "Passkeys need a browser with scripts.", "Les clés d’accès nécessitent un navigateur avec scripts.", "Passkeys brauchen einen Browser mit Skripten.";
    account_passkey_failed: "No passkey was added. Try again, or use an authenticator app.",
        "Aucune clé d’accès n’a été ajoutée. Réessayez, ou utilisez une application d’authentification.",
        "Es wurde kein Passkey hinzugefügt. Versuchen Sie es noch einmal, oder nehmen Sie eine Authentifizierungs-App.";
    account_passkey_done: "Your passkey is set up.", "Votre clé d’accès est prête.", "Ihr Passkey ist eingerichtet.";
    account_name_it: "Name, such as “my phone”", "Nom, par exemple «\u{a0}mon téléphone\u{a0}»", "Name, etwa „mein Telefon“";
    account_none: "None yet", "Aucune pour l’instant", "Noch keine";
    account_remove: "Remove", "Supprimer", "Entfernen";
    account_removed: "Removed.", "Supprimé.", "Entfernt.";
    account_recovery: "Recovery codes", "Codes de secours", "Wiederherstellungscodes";
    account_recovery_make: "Make new recovery codes", "Créer de nouveaux codes de secours", "Neue Wiederherstellungscodes erstellen";
    account_recovery_print: "Print this page and keep it where you keep your keys. Each code signs you in once, together with your password, when your phone is lost. Older sheets are void, and this one is shown only now.",
        "Imprimez cette page et rangez-la avec vos clés. Chaque code vous connecte une seule fois, avec votre mot de passe, si vous perdez votre téléphone. Les feuilles précédentes ne valent plus, et celle-ci ne sera plus affichée.",
        "Drucken Sie diese Seite und bewahren Sie sie bei Ihren Schlüsseln auf. Jeder Code meldet Sie einmal an, zusammen mit Ihrem Passwort, wenn Ihr Telefon verloren ist. Ältere Blätter gelten nicht mehr, und dieses wird nur jetzt gezeigt.";
    account_second_title: "Protect your access", "Protéger votre accès", "Zugang schützen";
    account_second_why: "Passwords are stolen every day. With a second proof yours is of no use to anybody else. It takes a minute.",
        "Des mots de passe sont volés chaque jour. Avec une seconde preuve, le vôtre ne sert à personne d’autre. Cela prend une minute.",
        "Passwörter werden jeden Tag gestohlen. Mit einem zweiten Nachweis nützt Ihres niemand anderem. Es dauert eine Minute.";
    account_second_must: "Your organisation asks for a second proof beside the password. Set one up now: you get to everything else right after it. It takes a minute.",
        "Votre organisation demande une seconde preuve en plus du mot de passe. Ajoutez-en une maintenant\u{a0}: tout le reste s’ouvre aussitôt après. Cela prend une minute.",
        "Ihre Organisation verlangt neben dem Passwort einen zweiten Nachweis. Richten Sie jetzt einen ein: Alles Weitere öffnet sich gleich danach. Es dauert eine Minute.";
    account_second_new_window: "Protect your access (new window)", "Protéger votre accès (nouvelle fenêtre)", "Zugang schützen (neues Fenster)";
    account_second_later: "Later", "Plus tard", "Später";
    account_sessions: "Where you are signed in", "Où vous êtes connecté", "Wo Sie angemeldet sind";
    account_session_this: "This one", "Celle-ci", "Diese hier";
    account_session_end: "End", "Terminer", "Beenden";
    account_session_end_others: "End all others", "Terminer toutes les autres", "Alle anderen beenden";
    account_session_ended: "Ended.", "Session terminée.", "Beendet.";
    account_session_shared: "shared computer", "ordinateur partagé", "gemeinsam genutzter Computer";
    account_session_unknown: "Unknown program", "Logiciel inconnu", "Unbekanntes Programm";
    account_apps: "App passwords", "Mots de passe d’application", "App-Passwörter";
    account_apps_why: "For Outlook, Thunderbird or your phone’s mail app (IMAP and SMTP). One for each, so that a lost device can be shut out alone.",
        "Pour Outlook, Thunderbird ou l’application de messagerie de votre téléphone (IMAP et SMTP). Un par appareil, pour pouvoir exclure un appareil perdu.",
        "Für Outlook, Thunderbird oder die Mail-App Ihres Telefons (IMAP und SMTP). Je Gerät eines, damit sich ein verlorenes Gerät allein sperren lässt.";
    account_app_make: "Make an app password", "Créer un mot de passe d’application", "App-Passwort erstellen";
    account_app_label: "Device or program", "Appareil ou logiciel", "Gerät oder Programm";
    account_app_revoke: "Revoke", "Révoquer", "Widerrufen";
    account_app_revoked: "Revoked. That device gets no more mail from here.",
        "Révoqué. Cet appareil ne reçoit plus de messages d’ici.",
        "Widerrufen. Dieses Gerät bekommt von hier keine Nachrichten mehr.";
    account_app_title: "Your new app password", "Votre nouveau mot de passe d’application", "Ihr neues App-Passwort";
    account_app_once: "It is shown only now. Type or copy it into the program as the password.",
        "Il n’est affiché que maintenant. Saisissez-le ou copiez-le dans le logiciel comme mot de passe.",
        "Es wird nur jetzt gezeigt. Tippen oder kopieren Sie es als Passwort in das Programm.";
    account_app_user: "User name", "Nom d’utilisateur", "Benutzername";
    account_too_many: "There are too many already. Remove one first.", "Il y en a déjà trop. Supprimez-en d’abord.", "Es sind schon zu viele. Entfernen Sie zuerst eines.";
    account_never_used: "never used", "jamais utilisé", "nie benutzt";
    account_back: "Back to my account", "Retour à mon compte", "Zurück zu meinem Konto";
    account_to_mail: "Go to my mail", "Aller à mes messages", "Zu meinen Nachrichten";
    account_standby: "Your usual mail system is working, so mail is not read here. Everything on this page is kept for the day it does not.",
        "Votre messagerie habituelle fonctionne\u{a0}: vos messages ne se lisent donc pas ici. Tout ce que vous préparez sur cette page est conservé pour le jour où elle ne fonctionnerait plus.",
        "Ihr gewohntes Mailsystem funktioniert, deshalb lesen Sie Ihre Nachrichten nicht hier. Alles auf dieser Seite bleibt für den Tag, an dem es ausfällt.";
}

impl Lang {
    /// "made 3 Nov, last used 14:02"
    #[must_use]
    pub fn account_times(self, made: &str, used: Option<&str>) -> String {
        let used = used.map_or_else(
            || self.account_never_used().to_owned(),
            |used| match self {
                Self::En => format!("last used {used}"),
                Self::Fr => format!("dernière utilisation\u{a0}: {used}"),
                Self::De => format!("zuletzt benutzt: {used}"),
            },
        );
        match self {
            Self::En => format!("made {made}, {used}"),
            Self::Fr => format!("création\u{a0}: {made}, {used}"),
            Self::De => format!("erstellt: {made}, {used}"),
        }
    }

    /// "since Tue 14:02 from 192.0.2.1"
    #[must_use]
    pub fn account_since(self, since: &str, peer: &str) -> String {
        match self {
            Self::En => format!("since {since}, from {peer}"),
            Self::Fr => format!("depuis\u{a0}: {since}, adresse {peer}"),
            Self::De => format!("seit {since}, von {peer}"),
        }
    }

    /// "7 codes are left."
    #[must_use]
    pub fn account_recovery_left(self, left: usize) -> String {
        match self {
            Self::En if left == 1 => "1 code is left.".to_owned(),
            Self::En => format!("{left} codes are left."),
            Self::Fr if left < 2 => format!("Il reste {left} code."),
            Self::Fr => format!("Il reste {left} codes."),
            Self::De if left == 1 => "Noch 1 Code ist übrig.".to_owned(),
            Self::De => format!("Noch {left} Codes sind übrig."),
        }
    }
}
