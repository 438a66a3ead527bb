//! The one sentence in the three languages: for admins whole, for staff without what is none of their business.
//!
//! What a step failed of, or asks of somebody, is in the words of the log: the page shows it beside the step, not here.

use failover::{At, Matter, Phase, RunKind, Says, Step, Verdict};

use crate::Lang;

impl Lang {
    /// What is happening, for admins.
    #[must_use]
    pub fn says(self, says: &Says) -> String {
        match says {
            Says::Nothing => String::new(),
            Says::StandingBy { verdict, stops } => self.says_standing_by(*verdict, *stops),
            Says::OutOfStep { phase } => self.says_out_of_step(*phase),
            Says::OrderTaken => self.says_order_taken().to_owned(),
            Says::Waits { kind, missing } => self.says_waits(*kind, *missing),
            Says::Begins { kind } => self.says_begins(*kind).to_owned(),
            Says::Switching { back, at } => {
                let doing = if *back { self.says_switching_back() } else { self.says_switching_over() };
                let at = at.as_ref().map_or_else(|| self.says_all_done().to_owned(), |at| self.says_at(at));
                format!("{doing}{} {at}.", self.colon())
            }
            Says::WalkingBack { why: None } => self.says_walking_back().to_owned(),
            Says::WalkingBack { why: Some(_) } => self.says_walking_back_again().to_owned(),
            Says::Active { accepted, open } => self.says_active(*accepted, open),
            Says::ReadReconciliation => self.says_read_reconciliation().to_owned(),
            Says::Working { step, done, of } => self.says_working(*step, *done, *of),
            Says::Ended { kind } => self.says_ended(*kind).to_owned(),
        }
    }

    /// What is happening, for staff; nothing where the banner's own words are enough.
    #[must_use]
    pub fn says_to_staff(self, says: &Says) -> Option<String> {
        match says {
            Says::Active { accepted, .. } => Some(format!("{}.", self.says_mail_arrives(*accepted))),
            Says::Switching { back: false, .. } | Says::Working { step: Step::LayOut, .. } => {
                Some(self.says_staff_switching().to_owned())
            }
            _ => None,
        }
    }

    fn says_at(self, at: &At) -> String {
        let step = self.in_sentence(at.step);
        match (&at.matter, self) {
            (Matter::Goes, _) => step,
            (Matter::Fails { tries, .. }, Self::En) => format!("{step} failed ({tries}), trying again"),
            (Matter::Fails { tries, .. }, Self::Fr) => format!("{step} a échoué ({tries}), nouvel essai"),
            (Matter::Fails { tries, .. }, Self::De) => format!("{step} ist gescheitert ({tries}), neuer Versuch"),
            (Matter::Person { .. }, Self::En) => format!("{step} waits for somebody"),
            (Matter::Person { .. }, Self::Fr) => format!("{step} attend quelqu’un"),
            (Matter::Person { .. }, Self::De) => format!("{step} wartet auf jemanden"),
        }
    }

    /// A step's title inside a sentence, in quotation marks: titles are written as lines of their own.
    fn in_sentence(self, step: Step) -> String {
        let title = self.step_title(step);
        match self {
            Self::En => format!("“{title}”"),
            Self::Fr => format!("«\u{a0}{title}\u{a0}»"),
            Self::De => format!("„{title}“"),
        }
    }

    fn says_standing_by(self, verdict: Option<Verdict>, stops: usize) -> String {
        match (verdict, self) {
            (Some(Verdict::NotReady), Self::En) => format!("Standing by, not ready: findings in the way: {stops}."),
            (Some(Verdict::NotReady), Self::Fr) => {
                format!("En attente, pas prêt\u{a0}: points bloquants\u{a0}: {stops}.")
            }
            (Some(Verdict::NotReady), Self::De) => format!("In Bereitschaft, nicht bereit: Hindernisse: {stops}."),
            (None, _) => self.says_stands_by().to_owned(),
            (Some(Verdict::Ready), _) => self.says_ready().to_owned(),
            (Some(Verdict::CouldNotTell), _) => self.says_could_not_tell().to_owned(),
        }
    }

    fn says_out_of_step(self, phase: Phase) -> String {
        match self {
            Self::En => format!("The phase is {phase}, but no run is under way: begin a failback."),
            Self::Fr => {
                format!("La phase est {phase}, mais rien n’est en cours\u{a0}: commencez un retour à la normale.")
            }
            Self::De => {
                format!("Die Phase ist {phase}, aber nichts läuft: Beginnen Sie die Rückkehr zum Normalbetrieb.")
            }
        }
    }

    fn says_waits(self, kind: RunKind, missing: u32) -> String {
        let kind = self.console_run_kind(&kind);
        match self {
            Self::En => format!("{kind}: waits for signatures, {missing} missing."),
            Self::Fr => format!("{kind}\u{a0}: en attente de signatures, il en manque {missing}."),
            Self::De => format!("{kind}: wartet auf Unterschriften, es fehlen {missing}."),
        }
    }

    fn says_begins(self, kind: RunKind) -> &'static str {
        match kind {
            RunKind::Failover => self.says_failover_begins(),
            RunKind::Failback => self.says_failback_begins(),
            RunKind::Drill => self.says_drill_begins(),
        }
    }

    fn says_ended(self, kind: RunKind) -> &'static str {
        match kind {
            RunKind::Failover => self.says_walked_back(),
            RunKind::Failback => self.says_back_done(),
            RunKind::Drill => self.says_drill_done(),
        }
    }

    fn says_mail_arrives(self, accepted: u64) -> String {
        match self {
            Self::En => format!("The organisation’s mail arrives here; messages so far: {accepted}"),
            Self::Fr => {
                format!("Le courrier de l’organisation arrive ici\u{202f}; messages jusqu’à présent\u{a0}: {accepted}")
            }
            Self::De => format!("Die Post der Organisation kommt hier an; Nachrichten bisher: {accepted}"),
        }
    }

    fn says_active(self, accepted: u64, open: &[(Step, Option<String>)]) -> String {
        let mail = self.says_mail_arrives(accepted);
        let steps: Vec<String> = open.iter().map(|(step, _)| self.in_sentence(*step)).collect();
        let steps = steps.join(", ");
        match self {
            _ if open.is_empty() => format!("{mail}."),
            Self::En => format!("{mail}; still to do: {steps}."),
            Self::Fr => format!("{mail}\u{202f}; reste à faire\u{a0}: {steps}."),
            Self::De => format!("{mail}; noch zu tun: {steps}."),
        }
    }

    fn says_working(self, step: Step, done: u64, of: u64) -> String {
        let step = self.step_heading(step);
        match self {
            Self::En => format!("{step}: {done} of {of} mailboxes."),
            Self::Fr => format!("{step}\u{a0}: {done} boîtes sur {of}."),
            Self::De => format!("{step}: {done} von {of} Postfächern."),
        }
    }
}

texts! {
    says_stands_by: "Standing by.", "En attente.", "In Bereitschaft.";
    says_ready: "Standing by, ready to take over.", "En attente, prêt à basculer.", "In Bereitschaft, bereit umzuschalten.";
    says_could_not_tell: "Standing by; whether we are ready could not be told.",
        "En attente\u{202f}; impossible de dire si tout est prêt.", "In Bereitschaft; ob alles bereit ist, ließ sich nicht feststellen.";
    says_order_taken: "The order is taken, the run begins.", "L’ordre est pris, le déroulement commence.",
        "Der Auftrag ist angenommen, der Ablauf beginnt.";
    says_failover_begins: "The failover begins.", "Le basculement commence.", "Das Failover beginnt.";
    says_failback_begins: "The failback begins.", "Le retour à la normale commence.", "Die Rückkehr zum Normalbetrieb beginnt.";
    says_drill_begins: "The drill begins.", "L’exercice commence.", "Die Übung beginnt.";
    says_switching_over: "Switching over", "Basculement en cours", "Umschalten";
    says_switching_back: "Switching back", "Retour à la normale en cours", "Zurückschalten";
    says_all_done: "all steps are done", "toutes les étapes sont faites", "alle Schritte sind getan";
    says_walking_back: "Walking back to the primary.", "Retour au système principal.", "Zurück zum Primärsystem.";
    says_walking_back_again: "Walking back to the primary; a step failed and is tried again.",
        "Retour au système principal\u{202f}; une étape a échoué et sera réessayée.",
        "Zurück zum Primärsystem; ein Schritt ist gescheitert und wird wiederholt.";
    says_read_reconciliation: "Everything is back at the primary. Read the reconciliation, then end the failback.",
        "Tout est revenu au système principal. Lisez le rapprochement, puis terminez le retour.",
        "Alles ist wieder im Primärsystem. Lesen Sie den Abgleich, dann beenden Sie die Rückkehr.";
    says_walked_back: "The failover was walked back; the primary has the mail, and we follow it again.",
        "Le basculement a été annulé\u{202f}; le système principal reçoit le courrier, et nous le suivons à nouveau.",
        "Das Failover wurde zurückgenommen; das Primärsystem hat die Post, und wir folgen ihm wieder.";
    says_back_done: "The failback is done; the primary has the mail, and we follow it again.",
        "Le retour à la normale est terminé\u{202f}; le système principal reçoit le courrier, et nous le suivons à nouveau.",
        "Die Rückkehr zum Normalbetrieb ist abgeschlossen; das Primärsystem hat die Post, und wir folgen ihm wieder.";
    says_drill_done: "The drill is done.", "L’exercice est terminé.", "Die Übung ist beendet.";
    says_staff_switching: "Mail is moving here. Older messages may take a moment to appear.",
        "Le courrier arrive désormais ici. Les messages plus anciens peuvent tarder un peu à apparaître.",
        "Die Post kommt jetzt hierher. Ältere Nachrichten erscheinen vielleicht erst nach einem Augenblick.";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn all() -> Vec<Says> {
        let why = || "10.0.0.1: connection refused".to_owned();
        let kinds = [RunKind::Failover, RunKind::Failback, RunKind::Drill];
        let verdicts = [None, Some(Verdict::Ready), Some(Verdict::NotReady), Some(Verdict::CouldNotTell)];
        let mut all = vec![
            Says::OutOfStep { phase: Phase::Active },
            Says::OrderTaken,
            Says::Switching { back: false, at: None },
            Says::WalkingBack { why: None },
            Says::WalkingBack { why: Some(why()) },
            Says::Active { accepted: 12, open: vec![] },
            Says::Active { accepted: 12, open: vec![(Step::Fence, None), (Step::Unseal, Some(why()))] },
            Says::ReadReconciliation,
            Says::Working { step: Step::LayOut, done: 64, of: 220 },
        ];
        all.extend(verdicts.map(|verdict| Says::StandingBy { verdict, stops: 3 }));
        all.extend(kinds.map(|kind| Says::Begins { kind }));
        all.extend(kinds.map(|kind| Says::Ended { kind }));
        all.extend(kinds.map(|kind| Says::Waits { kind, missing: 1 }));
        for matter in [Matter::Goes, Matter::Fails { tries: 2, why: why() }, Matter::Person { what: why() }] {
            all.push(Says::Switching { back: true, at: Some(At { step: Step::Push, matter }) });
        }
        all
    }

    #[test]
    fn every_sentence_is_said_in_three_languages() {
        for says in all() {
            let said: Vec<String> = Lang::ALL.iter().map(|lang| lang.says(&says)).collect();
            assert!(said.iter().all(|said| said.ends_with('.')), "{said:?}");
            assert!(said[0] != said[1] && said[1] != said[2] && said[0] != said[2], "{said:?}");
        }
    }

    #[test]
    fn figures_are_the_same_in_every_language_and_the_log_is_not_quoted() {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        for says in all() {
            let said: Vec<String> = Lang::ALL.iter().map(|lang| lang.says(&says)).collect();
            assert!(said.iter().all(|one| digits(one) == digits(&said[0])), "{said:?}");
            assert!(said.iter().all(|one| !one.contains("10.0.0.1")), "{said:?}");
        }
    }

    #[test]
    fn staff_hear_nothing_of_steps() {
        let open = vec![(Step::Fence, Some("port 25 is open".to_owned()))];
        let said = Lang::Fr.says_to_staff(&Says::Active { accepted: 12, open }).unwrap();
        assert_eq!(said, "Le courrier de l’organisation arrive ici\u{202f}; messages jusqu’à présent\u{a0}: 12.");
        assert_eq!(Lang::Fr.says_to_staff(&Says::ReadReconciliation), None);
    }
}
