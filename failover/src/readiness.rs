//! "Could we take over now?" The catalogue of what would go wrong.

use mail::Timestamp;

use crate::{Age, Backups, Certificate, Fact, Finding, MxHost, Readiness, Rotation, Severity, SignIn};

// DESIGN §7 and research/protocols §3.1: lowering it helps only after the old one has run out.
const TTL_MAX_S: u32 = 300;
const DIRECTORY_MAX_MS: i64 = 24 * 3_600_000;
const HISTORY_MAX_MS: i64 = 3_600_000;
const CERTIFICATE_MIN_MS: i64 = 14 * 24 * 3_600_000;
// A person mistypes now and then; this is more than that.
const REFUSED_MIN: u64 = 20;
const DRILL_MAX_MS: i64 = 180 * 24 * 3_600_000;
// A clock that is so far behind the last thing written went back.
const CLOCK_BEHIND_MS: i64 = 300_000;

/// All findings, in the order of the catalogue.
#[must_use]
pub fn readiness(facts: &Readiness, now: Timestamp) -> Vec<Finding> {
    let mut found = Found(Vec::new());
    found.judge("dns-write", &facts.dns_write, |write| match write {
        Ok(()) => None,
        Err((what, remedy)) => Some((Severity::Stop, what.clone(), remedy.clone())),
    });
    found.judge("dns-ttl", &facts.mx_ttl_s, |ttl_s| ttl(*ttl_s));
    found.judge("dns-authorities", &facts.authorities, |wrong| authorities(wrong));
    found.judge("mx-is-ours", &facts.mx_is_ours, |domain| mx_is_ours(domain.as_deref()));
    found.judge("mx-host", &facts.mx_host, mx_host);
    found.judge("certificate", &facts.certificate, |seen| certificate(seen, now));
    found.judge("directory-age", &facts.directory, |age| directory(age, now));
    found.judge("history-lag", &facts.history, |age| history(age, now));
    found.judge("history-trouble", &facts.history_trouble, |trouble| {
        // Nothing at all was copied: staff would find nothing.
        let never = matches!(&facts.history, Fact::Known(Age { last: None, .. }));
        let severity = if never { Severity::Stop } else { Severity::Warning };
        trouble.clone().map(|(what, remedy)| (severity, what, remedy))
    });
    found.judge("mailboxes-missing", &facts.mailboxes_missing, |missing| mailboxes(*missing));
    found.judge("sign-in", &facts.sign_in, sign_in);
    found.judge("refused-sign-ins", &facts.refused_sign_ins, |refused| refused_sign_ins(refused));
    found.judge("addresses", &facts.addresses, |wrong| addresses(wrong));
    found.judge("unlock-key", &facts.unlock_key, |key| match key {
        Ok(()) => None,
        Err(remedy) => {
            let what = "the unlock key is not at hand, as it should be; mailboxes stay closed until it is brought";
            Some((Severity::Note, what.into(), remedy.clone()))
        }
    });
    found.judge("unlock-key-here", &facts.unlock_lies_at, |file| file.as_deref().map(key_lies_here));
    found.judge("rotation", &facts.rotation, |seen| rotation(*seen));
    found.judge("integrity", &facts.tampered, |rows| integrity(rows));
    found.judge("regions", &facts.closed_regions, |closed| each(closed));
    found.judge("writing", &facts.unwritable, |places| each(places));
    found.judge("damage", &facts.damaged, |lost| damage(lost));
    found.judge("clock", &facts.written_at, |at| clock(*at, now));
    found.judge("backup", &facts.backups, |backups| backup(backups, now));
    found.judge("audit-collector", &facts.unshipped, |late| {
        let remedy = "see that the collector of [audit] syslog can be reached and is believed; nothing is lost, it gets what it missed";
        late.clone().map(|what| (Severity::Warning, what, remedy.to_owned()))
    });
    found.0.extend(drill(facts.last_drill, now));
    found.0
}

type Judgement = Option<(Severity, String, String)>;

struct Found(Vec<Finding>);

impl Found {
    fn judge<T>(&mut self, name: &'static str, fact: &Fact<T>, judge: impl FnOnce(&T) -> Judgement) {
        let judgement = match fact {
            Fact::Known(value) => judge(value),
            Fact::Unknown(why) => Some((
                Severity::Unknown,
                format!("it could not be told: {why}"),
                "mend what the sentence names".to_owned(),
            )),
        };
        self.0.extend(judgement.map(|(severity, what, remedy)| Finding::new(name, severity, what, remedy)));
    }
}

fn ttl(ttl_s: u32) -> Judgement {
    (ttl_s > TTL_MAX_S).then(|| {
        let what = format!("the MX lives {ttl_s} seconds in caches; partners would write to the old host that long");
        (Severity::Warning, what, format!("set its TTL to {TTL_MAX_S} seconds or less now, it helps only later"))
    })
}

fn authorities(wrong: &[String]) -> Judgement {
    let remedy = "see that every name server of the zone answers and transfers";
    (!wrong.is_empty()).then(|| (Severity::Warning, wrong.join("; "), remedy.to_owned()))
}

fn mx_host(host: &MxHost) -> Judgement {
    if host.is_alias {
        // RFC 5321 §5.1, RFC 2181 §10.3.
        let what = format!("{} is an alias, which an MX must not name", host.name);
        return Some((Severity::Stop, what, "give it address records of its own".to_owned()));
    }
    host.addresses.is_empty().then(|| {
        let what = format!("{} has no address; nobody could deliver to us", host.name);
        (Severity::Stop, what, "publish its A and AAAA records in peacetime".to_owned())
    })
}

fn certificate(seen: &Certificate, now: Timestamp) -> Judgement {
    let remedy = "give `[tls]` a certificate of a public authority that names the MX host";
    if seen.ends_at <= now {
        return Some((Severity::Stop, format!("the certificate ended at {}", seen.ends_at), remedy.to_owned()));
    }
    let what = match seen {
        _ if !seen.names_host => "the certificate does not name the MX host".to_owned(),
        _ if seen.self_signed => {
            "the certificate is self-signed; partners that insist on MTA-STS would not deliver".to_owned()
        }
        _ if seen.ends_at.ms_since(now) < CERTIFICATE_MIN_MS => format!("the certificate ends at {}", seen.ends_at),
        _ => return None,
    };
    Some((Severity::Warning, what, remedy.to_owned()))
}

fn directory(age: &Age, now: Timestamp) -> Judgement {
    let remedy = "see `relais sync status`, and that the directory answers";
    match age.last {
        _ if age.count == 0 => {
            Some((Severity::Stop, "the directory copy is empty: nobody would get mail".into(), remedy.into()))
        }
        Some(last) if now.ms_since(last) <= DIRECTORY_MAX_MS => None,
        Some(last) => Some((Severity::Warning, format!("the directory was last copied at {last}"), remedy.into())),
        None => Some((Severity::Warning, "it is not known when the directory was last copied".into(), remedy.into())),
    }
}

fn history(age: &Age, now: Timestamp) -> Judgement {
    let remedy = "see `relais sync status`, and that the primary answers";
    match age.last {
        Some(last) if now.ms_since(last) <= HISTORY_MAX_MS => None,
        Some(last) => Some((Severity::Warning, format!("history has made no progress since {last}"), remedy.into())),
        None => {
            Some((Severity::Stop, "no history was copied yet; staff would find empty mailboxes".into(), remedy.into()))
        }
    }
}

fn mx_is_ours(domain: Option<&str>) -> Judgement {
    let remedy = "put the primary's MX back by hand, or find the installation that has taken over";
    let what =
        |domain| format!("the MX of {domain} names us, and nothing is accepted in standby: mail waits at its senders");
    domain.map(|domain| (Severity::Stop, what(domain), remedy.to_owned()))
}

fn addresses(wrong: &[String]) -> Judgement {
    let shown: Vec<&str> = wrong.iter().take(5).map(String::as_str).collect();
    (!wrong.is_empty()).then(|| {
        let what = format!("{} addresses are not as they should be: {}", wrong.len(), shown.join("; "));
        (Severity::Warning, what, "mend them in the directory".to_owned())
    })
}

fn key_lies_here(file: &str) -> (Severity, String, String) {
    let what = format!("the unlock key lies on this machine, in {file}: whoever takes the machine can read everything");
    let remedy = "take it away, and keep it where it can be had at two in the morning (deploy/key-ceremony.md)";
    (Severity::Warning, what, remedy.to_owned())
}

fn rotation(Rotation { unfinished, misfits }: Rotation) -> Judgement {
    if unfinished {
        let what =
            "a rotation of the unlock key was begun and has not ended: some mailboxes open with the new key only";
        let remedy = "stop relais, and run `relais keys rotate` again with the same keys: it goes on where it stopped";
        return Some((Severity::Stop, what.to_owned(), remedy.to_owned()));
    }
    (misfits > 0).then(|| {
        let what = format!("{misfits} mailboxes are sealed for another unlock key than the one that is pinned");
        let remedy =
            "put the public half that `relais keys rotate` printed last into seal.unlock_public, and bring that key";
        (Severity::Stop, what, remedy.to_owned())
    })
}

fn mailboxes(missing: u64) -> Judgement {
    (missing > 0).then(|| {
        let what = format!("{missing} people of the directory have no mailbox");
        (Severity::Stop, what, "see `relais sync status` for what hinders provisioning".to_owned())
    })
}

fn sign_in(seen: &SignIn) -> Judgement {
    let unable = seen.people.saturating_sub(seen.able);
    let remedy = "`relais people invite` gives them a way that does not need the primary";
    (unable > 0).then(|| {
        (Severity::Warning, format!("{unable} of {} people could not sign in today", seen.people), remedy.to_owned())
    })
}

fn refused_sign_ins(refused: &[(String, u64)]) -> Judgement {
    let often: Vec<&(String, u64)> = refused.iter().filter(|(_, count)| *count >= REFUSED_MIN).collect();
    let shown: Vec<String> = often.iter().take(5).map(|(who, count)| format!("{who} ({count})")).collect();
    (!often.is_empty()).then(|| {
        let what = format!(
            "sign-ins of {} people were refused {REFUSED_MIN} times or more today: {}",
            often.len(),
            shown.join(", ")
        );
        let remedy =
            "ask them whether it was they; if not, somebody tries their names, and their passwords should be long";
        (Severity::Warning, what, remedy.to_owned())
    })
}

fn integrity(rows: &[String]) -> Judgement {
    let remedy = "treat it as an attack on this machine: `relais audit verify`, a backup; `relais audit settle` goes on without these rows";
    let shown: Vec<&str> = rows.iter().take(5).map(String::as_str).collect();
    (!rows.is_empty()).then(|| {
        (
            Severity::Stop,
            format!("{} rows were changed from outside and are not used: {}", rows.len(), shown.join(", ")),
            remedy.to_owned(),
        )
    })
}

fn each(wrong: &[(String, String)]) -> Judgement {
    let (what, remedies): (Vec<&str>, Vec<&str>) = wrong.iter().map(|(what, remedy)| (&**what, &**remedy)).unzip();
    (!wrong.is_empty()).then(|| (Severity::Stop, what.join("; "), remedies.join("; ")))
}

fn damage(lost: &[String]) -> Judgement {
    let remedy = "look at the disk; restore what is named from a backup into a folder of its own, and compare";
    let shown: Vec<&str> = lost.iter().take(5).map(String::as_str).collect();
    (!lost.is_empty()).then(|| {
        let what = format!("{} things are damaged or missing: {}", lost.len(), shown.join("; "));
        (Severity::Stop, what, remedy.to_owned())
    })
}

/// A clock that goes back leaves mail in the order in which it came, and everything that waits for a moment waits longer.
fn clock(written_at: Timestamp, now: Timestamp) -> Judgement {
    let behind_ms = written_at.ms_since(now);
    (behind_ms > CLOCK_BEHIND_MS).then(|| {
        let what = format!("it is {now} by the clock of this machine, and something was written at {written_at}");
        (Severity::Warning, what, "set the clock, and look whether its time service (NTP) runs".to_owned())
    })
}

fn backup(backups: &Backups, now: Timestamp) -> Judgement {
    let Backups::Here { without, last, every_ms, trouble } = backups else { return None };
    if !without.is_empty() {
        let what = format!(
            "nothing copies the store of region {}; what is received in an activity is nowhere else",
            without.join(", ")
        );
        let remedy = "name a folder on another machine, or a bucket, in [backup], and start relais again";
        return Some((Severity::Note, what, remedy.to_owned()));
    }
    let remedy = "see that the place of [backup] can be reached and written; `relais backup` tries at once";
    let is_late = last.is_some_and(|last| now.ms_since(last) > every_ms.saturating_mul(2));
    let since = last.map_or_else(|| "there is none yet".to_owned(), |last| format!("the last one is of {last}"));
    match trouble {
        Some(why) => {
            Some((Severity::Warning, format!("the last backup was not made: {why}; {since}"), remedy.to_owned()))
        }
        None if is_late => Some((Severity::Warning, format!("backups are late: {since}"), remedy.to_owned())),
        None => None,
    }
}

fn drill(last: Option<Timestamp>, now: Timestamp) -> Option<Finding> {
    let remedy = "this release cannot rehearse; look at everything on the console's drill page, which keeps the date";
    match last {
        Some(last) if now.ms_since(last) <= DRILL_MAX_MS => None,
        Some(last) => Some(Finding::new("last-drill", Severity::Note, format!("the last drill was at {last}"), remedy)),
        None => Some(Finding::new("last-drill", Severity::Note, "there was no drill yet", remedy)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::{Verdict, verdict};

    fn fine(now: Timestamp) -> Readiness {
        let certificate = Certificate { names_host: true, self_signed: false, ends_at: now.plus_s(90 * 86_400) };
        let mx_host = MxHost { name: "mx.test".into(), addresses: vec!["192.0.2.1".into()], is_alias: false };
        Readiness {
            dns_write: Fact::Known(Ok(())),
            mx_ttl_s: Fact::Known(60),
            authorities: Fact::Known(Vec::new()),
            mx_is_ours: Fact::Known(None),
            mx_host: Fact::Known(mx_host),
            certificate: Fact::Known(certificate),
            directory: Fact::Known(Age { count: 200, last: Some(now) }),
            history: Fact::Known(Age { count: 200, last: Some(now) }),
            history_trouble: Fact::Known(None),
            mailboxes_missing: Fact::Known(0),
            sign_in: Fact::Known(SignIn { people: 200, able: 200 }),
            refused_sign_ins: Fact::Known(vec![("entry:anne".into(), 3)]),
            unlock_key: Fact::Known(Ok(())),
            unlock_lies_at: Fact::Known(None),
            addresses: Fact::Known(Vec::new()),
            rotation: Fact::Known(Rotation::default()),
            tampered: Fact::Known(Vec::new()),
            closed_regions: Fact::Known(Vec::new()),
            unwritable: Fact::Known(Vec::new()),
            damaged: Fact::Known(Vec::new()),
            written_at: Fact::Known(now),
            backups: Fact::Known(Backups::Elsewhere),
            unshipped: Fact::Known(None),
            last_drill: Some(now),
        }
    }

    const NOW: Timestamp = Timestamp::from_unix_s(1_800_000_000);

    #[test]
    fn a_house_in_order_is_ready() {
        assert!(readiness(&fine(NOW), NOW).is_empty());
    }

    #[test]
    fn what_could_not_be_looked_at_is_neither_ready_nor_not() {
        let facts = Readiness { dns_write: Fact::Unknown("timeout".into()), ..fine(NOW) };
        assert_eq!(verdict(&readiness(&facts, NOW)), Verdict::CouldNotTell);
        assert_eq!(verdict(&readiness(&Readiness::default(), NOW)).exit_status(), 2);
    }

    #[test]
    fn somebody_who_tries_names_is_named() {
        let facts =
            Readiness { refused_sign_ins: Fact::Known(vec![("entry:anne".into(), 20), ("x".into(), 2)]), ..fine(NOW) };
        let found = readiness(&facts, NOW);
        assert_eq!((found.len(), found[0].name, found[0].severity), (1, "refused-sign-ins", Severity::Warning));
        assert!(found[0].what.contains("entry:anne (20)") && !found[0].what.contains("x (2)"), "{}", found[0].what);
    }

    #[test]
    fn a_primary_that_lets_nobody_in_is_not_ready_before_anything_was_copied() {
        let trouble = || Fact::Known(Some(("the password is refused".to_owned(), "look at it".to_owned())));
        let facts = Readiness { history_trouble: trouble(), history: Fact::Known(Age::default()), ..fine(NOW) };
        assert_eq!(verdict(&readiness(&facts, NOW)), Verdict::NotReady);
        let facts = Readiness { history_trouble: trouble(), ..fine(NOW) };
        let found = readiness(&facts, NOW);
        assert_eq!((found[0].name, found[0].severity), ("history-trouble", Severity::Warning));
        assert_eq!(found[0].what, "the password is refused");
    }

    #[test]
    fn a_clock_that_went_back_is_named_and_a_second_is_not() {
        let late = |by_s| Readiness { written_at: Fact::Known(NOW.plus_s(by_s)), ..fine(NOW) };
        assert!(readiness(&late(60), NOW).is_empty());
        let found = readiness(&late(86_400), NOW);
        assert_eq!((found[0].name, found[0].severity), ("clock", Severity::Warning));
    }

    #[test]
    fn what_cannot_be_written_is_named_with_what_to_do() {
        let full = || vec![("the last write was lost".to_owned(), "free space".to_owned())];
        let found = readiness(&Readiness { unwritable: Fact::Known(full()), ..fine(NOW) }, NOW);
        assert_eq!((found[0].name, &*found[0].remedy, verdict(&found)), ("writing", "free space", Verdict::NotReady));
    }

    #[test]
    fn a_collector_of_logs_that_misses_entries_is_a_warning() {
        let found = readiness(&Readiness { unshipped: Fact::Known(Some("logs: 4 on".to_owned())), ..fine(NOW) }, NOW);
        assert_eq!((found[0].name, found[0].severity), ("audit-collector", Severity::Warning));
    }

    #[test]
    fn a_backup_that_is_missing_late_or_failed_is_named() {
        let seen = |without: &[&str], last_h: Option<i64>, trouble: Option<&str>| {
            let without = without.iter().map(|name| (*name).to_owned()).collect();
            let last = last_h.map(|hours| NOW.plus_ms(-hours * 3_600_000));
            let backups =
                Backups::Here { without, last, every_ms: 24 * 3_600_000, trouble: trouble.map(str::to_owned) };
            let found = readiness(&Readiness { backups: Fact::Known(backups), ..fine(NOW) }, NOW);
            found.first().map(|finding| (finding.name, finding.severity))
        };
        assert_eq!(seen(&["main"], None, None), Some(("backup", Severity::Note)));
        assert_eq!((seen(&[], None, None), seen(&[], Some(47), None)), (None, None));
        assert_eq!(seen(&[], Some(49), None), Some(("backup", Severity::Warning)));
        assert_eq!(seen(&[], Some(1), Some("the place is full")), Some(("backup", Severity::Warning)));
    }

    #[test]
    fn mailboxes_that_open_with_two_keys_stand_in_the_way() {
        let seen = |unfinished, misfits| {
            let facts = Readiness { rotation: Fact::Known(Rotation { unfinished, misfits }), ..fine(NOW) };
            readiness(&facts, NOW).first().map(|finding| (finding.name, finding.remedy.contains("keys rotate` again")))
        };
        assert_eq!((seen(false, 0), seen(true, 0)), (None, Some(("rotation", true))));
        assert_eq!(seen(false, 3), Some(("rotation", false)));
    }

    #[test]
    fn what_is_lost_is_named_and_stands_in_the_way() {
        let facts = Readiness { damaged: Fact::Known(vec!["the body of content ab".into()]), ..fine(NOW) };
        let found = readiness(&facts, NOW);
        assert_eq!((found[0].name, verdict(&found)), ("damage", Verdict::NotReady));
        assert!(found[0].what.contains("content ab"), "{}", found[0].what);
    }

    #[test]
    fn before_the_first_copy_and_while_the_mx_names_us_nobody_is_ready() {
        let empty = Readiness { history: Fact::Known(Age::default()), ..fine(NOW) };
        assert_eq!(verdict(&readiness(&empty, NOW)), Verdict::NotReady);
        let named = Readiness { mx_is_ours: Fact::Known(Some("corp.test".into())), ..fine(NOW) };
        let found = readiness(&named, NOW);
        assert_eq!((found[0].name, verdict(&found)), ("mx-is-ours", Verdict::NotReady));
    }

    #[test]
    fn a_key_that_lies_about_is_worse_than_one_that_is_away() {
        let away = Readiness { unlock_key: Fact::Known(Err("bring it".into())), ..fine(NOW) };
        assert_eq!(readiness(&away, NOW)[0].severity, Severity::Note);
        let here = Readiness { unlock_lies_at: Fact::Known(Some("/etc/x.key".into())), ..fine(NOW) };
        let found = readiness(&here, NOW);
        assert_eq!((found[0].name, found[0].severity), ("unlock-key-here", Severity::Warning));
    }

    #[test]
    fn one_stop_outweighs_everything_unknown() {
        let facts = Readiness { mailboxes_missing: Fact::Known(3), ..Readiness::default() };
        assert_eq!(verdict(&readiness(&facts, NOW)).exit_status(), 1);
    }

    #[test]
    fn every_finding_says_what_to_do() {
        let facts = Readiness {
            mx_ttl_s: Fact::Known(86_400),
            authorities: Fact::Known(vec!["192.0.2.53 does not answer".into()]),
            sign_in: Fact::Known(SignIn { people: 3, able: 1 }),
            unlock_key: Fact::Known(Err("bring the key".into())),
            history: Fact::Known(Age { count: 9, last: Some(NOW.plus_s(-86_400)) }),
            ..fine(NOW)
        };
        let found = readiness(&facts, NOW);
        let names: Vec<&str> = found.iter().map(|finding| finding.name).collect();
        assert_eq!(names, ["dns-ttl", "dns-authorities", "history-lag", "sign-in", "unlock-key"]);
        assert!(found.iter().all(|finding| !finding.remedy.is_empty()));
        assert_eq!(verdict(&found), Verdict::Ready);
    }
}
