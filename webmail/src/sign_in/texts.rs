//! What signing in and enrolling say.

use crate::Lang;

texts! {
    sign_in_title: "Sign in", "Connexion", "Anmelden";
    sign_in_name: "Name or e-mail address", "Nom ou adresse de messagerie", "Name oder E-Mail-Adresse";
    sign_in_password: "Password", "Mot de passe", "Passwort";
    sign_in_shared: "This is a shared computer", "Cet ordinateur est partagé", "Dies ist ein gemeinsam genutzter Computer";
    sign_in_shared_hint: "Nothing is kept on it, and you are signed out after ten minutes without use.",
        "Rien n’y est conservé et vous êtes déconnecté après dix minutes d’inactivité.",
        "Nichts bleibt darauf zurück, und nach zehn Minuten ohne Benutzung werden Sie abgemeldet.";
    sign_in_go: "Sign in", "Se connecter", "Anmelden";
    sign_in_passkey: "Sign in with a passkey", "Se connecter avec une clé d’accès", "Mit Passkey anmelden";
    sign_in_or: "or", "ou", "oder";
    sign_in_have_code: "I have an activation code", "J’ai un code d’activation", "Ich habe einen Aktivierungscode";
    sign_in_admin_title: "Sign in to the console", "Connexion à la console", "An der Konsole anmelden";
    sign_in_wrong: "The name or the password is wrong. If you have no password yet, use your activation code; if you forgot it, ask your IT department for a new code.",
        "Le nom ou le mot de passe est incorrect. Si vous n’avez pas encore de mot de passe, utilisez votre code d’activation\u{a0}; si vous l’avez oublié, demandez un nouveau code à votre service informatique.",
        "Name oder Passwort ist falsch. Wenn Sie noch kein Passwort haben, nehmen Sie Ihren Aktivierungscode; wenn Sie es vergessen haben, bitten Sie Ihre IT-Abteilung um einen neuen.";
    sign_in_wrong_admin: "The name or the password is wrong.", "Le nom ou le mot de passe est incorrect.", "Name oder Passwort ist falsch.";
    sign_in_stale: "This page was open for long. Please type your password again.",
        "Cette page était ouverte depuis longtemps. Saisissez à nouveau votre mot de passe.",
        "Diese Seite war lange offen. Bitte geben Sie Ihr Passwort noch einmal ein.";
    sign_in_unavailable: "Signing in does not work at the moment. Try again in a minute.",
        "La connexion ne fonctionne pas pour le moment. Réessayez dans une minute.",
        "Die Anmeldung funktioniert gerade nicht. Versuchen Sie es in einer Minute noch einmal.";
    sign_in_closed: "Your access has been closed. If this is a mistake, ask your IT department.",
        "Votre accès a été fermé. S’il s’agit d’une erreur, adressez-vous à votre service informatique.",
        "Ihr Zugang wurde geschlossen. Wenn das ein Irrtum ist, wenden Sie sich an Ihre IT-Abteilung.";
    sign_in_passkey_failed: "This passkey did not work. Try again, or sign in with your password.",
        "Cette clé d’accès n’a pas fonctionné. Réessayez, ou connectez-vous avec votre mot de passe.",
        "Dieser Passkey hat nicht funktioniert. Versuchen Sie es noch einmal, oder melden Sie sich mit Ihrem Passwort an.";
    sign_in_locked: "You were signed out because this computer was not used for ten minutes. Nothing you sent or saved is lost.",
        "Vous avez été déconnecté car cet ordinateur n’a pas été utilisé pendant dix minutes. Rien de ce que vous avez envoyé ou enregistré n’est perdu.",
        "Sie wurden abgemeldet, weil dieser Computer zehn Minuten lang nicht benutzt wurde. Nichts, was Sie gesendet oder gespeichert haben, ist verloren.";
    sign_in_ended: "Your session has ended: by time, by an admin, or with a failback that is done. Nothing you sent or saved is lost.",
        "Votre session est terminée\u{a0}: délai écoulé, décision d’un administrateur, ou retour à la normale achevé. Rien de ce que vous avez envoyé ou enregistré n’est perdu.",
        "Ihre Sitzung ist zu Ende: nach Ablauf der Zeit, durch einen Admin oder mit einer abgeschlossenen Rückkehr. Nichts, was Sie gesendet oder gespeichert haben, ist verloren.";
    sign_in_out: "You are signed out. Close this window if others use this computer.",
        "Vous êtes déconnecté. Fermez cette fenêtre si d’autres personnes utilisent cet ordinateur.",
        "Sie sind abgemeldet. Schließen Sie dieses Fenster, wenn andere diesen Computer benutzen.";
    second_title: "One more step", "Encore une étape", "Noch ein Schritt";
    second_code: "Code of your authenticator app, or a recovery code",
        "Code de votre application d’authentification, ou un code de secours",
        "Code Ihrer Authentifizierungs-App oder ein Wiederherstellungscode";
    second_code_recovery: "Recovery code", "Code de secours", "Wiederherstellungscode";
    second_wrong: "This code is wrong, too old or used already. Wait for the next one in your app, or take another code of your sheet.",
        "Ce code est incorrect, expiré ou déjà utilisé. Attendez le suivant dans votre application, ou prenez un autre code de votre feuille.",
        "Dieser Code ist falsch, abgelaufen oder schon benutzt. Warten Sie auf den nächsten in Ihrer App, oder nehmen Sie einen anderen von Ihrem Blatt.";
    second_passkey: "Use a passkey", "Utiliser une clé d’accès", "Passkey benutzen";
    second_lost: "Lost all of them? Your IT department can help you.",
        "Vous n’avez plus rien de tout cela\u{202f}? Votre service informatique peut vous aider.",
        "Alles verloren? Ihre IT-Abteilung kann Ihnen helfen.";
    welcome_title: "Set up your access", "Préparer votre accès", "Zugang einrichten";
    welcome_intro: "You received an activation code on paper, by text message or at a counter. It is good once and for seven days.",
        "Vous avez reçu un code d’activation sur papier, par SMS ou au guichet. Il sert une seule fois, pendant sept jours.",
        "Sie haben einen Aktivierungscode auf Papier, per SMS oder am Schalter bekommen. Er gilt einmal und sieben Tage lang.";
    welcome_code: "Activation code", "Code d’activation", "Aktivierungscode";
    welcome_password: "Choose a password", "Choisissez un mot de passe", "Wählen Sie ein Passwort";
    welcome_password_hint: "At least 12 characters. Four words that do not belong together are good. Do not use the password of your usual mail system.",
        "Au moins 12 caractères. Quatre mots sans rapport entre eux conviennent bien. N’utilisez pas le mot de passe de votre messagerie habituelle.",
        "Mindestens 12 Zeichen. Vier Wörter, die nichts miteinander zu tun haben, sind gut. Nehmen Sie nicht das Passwort Ihres gewohnten Mailsystems.";
    welcome_repeat: "The same password again", "Le même mot de passe, encore une fois", "Dasselbe Passwort noch einmal";
    welcome_go: "Go on", "Continuer", "Weiter";
    welcome_wrong: "The name or the code is wrong. Look at both again; capitals and hyphens do not matter.",
        "Le nom ou le code est incorrect. Vérifiez les deux\u{a0}; les majuscules et les traits d’union n’ont pas d’importance.",
        "Name oder Code ist falsch. Sehen Sie beide noch einmal an; Großschreibung und Bindestriche spielen keine Rolle.";
    welcome_used: "This code was used already, or a newer one replaced it. If it was not you, tell your IT department now.",
        "Ce code a déjà été utilisé, ou un plus récent l’a remplacé. Si ce n’était pas vous, prévenez tout de suite votre service informatique.",
        "Dieser Code wurde schon benutzt, oder ein neuerer hat ihn ersetzt. Wenn Sie das nicht waren, sagen Sie es sofort Ihrer IT-Abteilung.";
    welcome_expired: "This code is too old. Ask your IT department for a new one.",
        "Ce code a expiré. Demandez-en un nouveau à votre service informatique.",
        "Dieser Code ist abgelaufen. Bitten Sie Ihre IT-Abteilung um einen neuen.";
    welcome_differs: "The two passwords are not the same.", "Les deux mots de passe ne sont pas identiques.", "Die beiden Passwörter sind nicht gleich.";
    unfit_short: "This password is too short: it needs at least 12 characters.",
        "Ce mot de passe est trop court\u{a0}: il faut au moins 12 caractères.",
        "Dieses Passwort ist zu kurz: Es braucht mindestens 12 Zeichen.";
    unfit_long: "This password is too long.", "Ce mot de passe est trop long.", "Dieses Passwort ist zu lang.";
    unfit_plain: "Choose a password that is not your address and not one character repeated.",
        "Choisissez un mot de passe qui ne soit ni votre adresse ni un seul caractère répété.",
        "Wählen Sie ein Passwort, das weder Ihre Adresse noch ein wiederholtes Zeichen ist.";
    standby_why: "Your usual mail system is working, so mail is not read here. Sign in to prepare your access for the day it does not.",
        "Votre messagerie habituelle fonctionne\u{a0}: vos messages ne se lisent donc pas ici. Connectez-vous pour préparer votre accès pour le jour où elle ne fonctionnerait plus.",
        "Ihr gewohntes Mailsystem funktioniert, deshalb lesen Sie Ihre Nachrichten nicht hier. Melden Sie sich an, um Ihren Zugang für den Tag vorzubereiten, an dem es ausfällt.";
}

impl Lang {
    /// Too many tries.
    #[must_use]
    pub fn sign_in_later(self, retry_after_s: u32) -> String {
        let minutes = retry_after_s.div_ceil(60);
        match self {
            Self::En if minutes < 2 => format!("Too many tries from here. Wait {retry_after_s} seconds and try again."),
            Self::En => format!("Too many tries from here. Wait {minutes} minutes and try again."),
            Self::Fr if minutes < 2 => {
                format!("Trop d’essais depuis cet endroit. Attendez {retry_after_s} secondes et réessayez.")
            }
            Self::Fr => format!("Trop d’essais depuis cet endroit. Attendez {minutes} minutes et réessayez."),
            Self::De if minutes < 2 => format!(
                "Zu viele Versuche von hier. Warten Sie {retry_after_s} Sekunden und versuchen Sie es dann noch einmal."
            ),
            Self::De => format!(
                "Zu viele Versuche von hier. Warten Sie {minutes} Minuten und versuchen Sie es dann noch einmal."
            ),
        }
    }

    /// Why a password cannot be chosen.
    #[must_use]
    pub fn unfit(self, unfit: identity::password::Unfit) -> &'static str {
        use identity::password::Unfit;
        match unfit {
            Unfit::Short => self.unfit_short(),
            Unfit::Long => self.unfit_long(),
            Unfit::Plain => self.unfit_plain(),
            Unfit::Machine => self.sign_in_unavailable(),
        }
    }
}
