//! Against each other.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mail::{
    Address, Domain, Enhanced, Envelope, Failed, ForwardPath, Notify, Recipient, Reply, ReversePath, Timestamp, Waiting,
};
use smtp::client::{Connection, Mail, Target, Timeouts, TlsPolicy, unverified_tls};
use smtp::outbound::{Item, Mx, Page, Place, Route, Settlement};
use smtp::{Error, Limits, Mode, MxResolver, Queue, Runner};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify as Bell, watch};

use crate::house::{Door, Open, Tls, open};

/// The MX of somebody.
async fn open_house(limits: Limits, tls: Tls) -> Open {
    open(Door { mode: Mode::Reception, limits, tls }).await
}

fn client() -> smtp::client::Settings {
    smtp::client::Settings {
        name: "out.test".into(),
        tls: unverified_tls().unwrap(),
        timeouts: Timeouts { connect: Duration::from_secs(2), ..Timeouts::default() },
    }
}

fn mail_to(recipients: &[&str], raw: &[u8]) -> Mail {
    let recipient = |a: &&str| Recipient::from(ForwardPath::Address(Address::parse(a).unwrap()));
    let envelope = Envelope {
        reverse_path: ReversePath::Address(Address::parse("a@corp.test").unwrap()),
        recipients: recipients.iter().map(recipient).collect(),
        body_8bit: false,
        smtputf8: false,
        envelope_id: None,
    };
    Mail { envelope, raw: Arc::new(raw.to_vec()) }
}

#[tokio::test]
async fn a_large_message_arrives_whole_under_starttls() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::Starttls).await;
    let target = Target { host: "localhost".into(), address, tls: TlsPolicy::Required, credentials: None };
    let mut connection = Connection::open(&target, &client()).await.unwrap();
    assert!(connection.is_secure());
    let raw: Vec<u8> = (0..60_000).flat_map(|n| format!(".line {n} é\r\n").into_bytes()).collect();
    let verdicts = connection.send(&mail_to(&["b@d.test", "unknown@d.test"], &raw)).await.unwrap();
    assert_eq!(verdicts.iter().map(|verdict| verdict.reply.code).collect::<Vec<_>>(), [250, 550]);
    // Nobody is to have the second one, and the session goes on.
    let verdicts = connection.send(&mail_to(&["unknown@d.test"], b"x\r\n")).await.unwrap();
    assert_eq!(verdicts[0].reply.code, 550);
    assert_eq!(connection.send(&mail_to(&["c@d.test"], b"y\r\n")).await.unwrap()[0].reply.code, 250);
    connection.quit().await;
    let taken = house.taken.lock().unwrap();
    assert_eq!(taken.len(), 2);
    assert!(taken[0].2 == raw && taken[0].1.body_8bit && taken[0].0.protection.is_some());
    assert_eq!(taken[1].2, b"y\r\n");
}

#[tokio::test]
async fn a_thousand_recipients_are_pipelined() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let target = Target { host: "localhost".into(), address, tls: TlsPolicy::Opportunistic, credentials: None };
    let mut connection = Connection::open(&target, &client()).await.unwrap();
    let names: Vec<String> = (0..1001).map(|n| format!("u{n}@d.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let verdicts = connection.send(&mail_to(&names, b"x\r\n")).await.unwrap();
    assert_eq!(verdicts.iter().filter(|verdict| verdict.reply.code == 250).count(), 1000);
    assert_eq!(verdicts[1000].reply.enhanced, Some(Enhanced(4, 5, 3)));
    assert!(verdicts[1000].is_left_over && !verdicts[999].is_left_over);
    assert_eq!(house.taken.lock().unwrap()[0].1.recipients.len(), 1000);
}

#[tokio::test]
async fn a_connection_cut_in_data_leaves_nothing_and_others_are_served() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let mut cut = TcpStream::connect(address).await.unwrap();
    cut.write_all(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@d.test>\r\nDATA\r\nhalf a mess").await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"<CR><LF>.<CR><LF>\r\n") {
        assert!(cut.read_buf(&mut seen).await.unwrap() > 0);
    }
    drop(cut);
    let target = Target { host: "localhost".into(), address, tls: TlsPolicy::Never, credentials: None };
    let mut connection = Connection::open(&target, &client()).await.unwrap();
    assert_eq!(connection.send(&mail_to(&["b@d.test"], b"whole\r\n")).await.unwrap()[0].reply.code, 250);
    assert_eq!(house.taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn there_is_room_for_so_many_and_stopping_says_goodbye() {
    let limits = Limits { connections_per_peer_max: 1, ..Limits::default() };
    let Open { address, stop, .. } = open_house(limits, Tls::None).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n") {
        assert!(first.read_buf(&mut seen).await.unwrap() > 0);
    }
    let mut second = String::new();
    TcpStream::connect(address).await.unwrap().read_to_string(&mut second).await.unwrap();
    assert!(second.starts_with("421 4.3.2"), "{second}");
    stop.send(true).unwrap();
    let mut goodbye = String::new();
    first.read_to_string(&mut goodbye).await.unwrap();
    assert!(goodbye.starts_with("421 4.3.2"), "{goodbye}");
}

/// A queue in memory.
#[derive(Default)]
struct Memory {
    items: Mutex<Vec<(Item, Timestamp)>>,
    settled: Mutex<Vec<(i64, Settlement)>>,
    notices: Mutex<Vec<(Address, Vec<u8>)>>,
    /// What notices are answered with; they are kept when there is nothing.
    refuses: Option<Reply>,
    leased: Mutex<HashSet<i64>>,
    /// The most that was leased and not settled.
    leased_max: AtomicUsize,
    /// Recipients that somebody else takes away.
    loses: Vec<i64>,
    /// Reading waits for a renewal.
    is_slow: bool,
    renewed: Bell,
    /// `r` a message was read, `s` a recipient was settled.
    events: Mutex<String>,
    bell: Bell,
}

impl Memory {
    fn with(items: Vec<(Item, Timestamp)>, refuses: Option<Reply>) -> Arc<Self> {
        Arc::new(Self { items: Mutex::new(items), refuses, ..Self::default() })
    }
}

/// Runs a runner until so many items are settled, and tells how, in the order of the recipients.
async fn run(queue: &Arc<Memory>, port: u16, count: usize) -> Vec<(i64, Settlement)> {
    run_with(queue, port, count, |_| {}).await
}

async fn run_with(
    queue: &Arc<Memory>,
    port: u16,
    count: usize,
    change: impl FnOnce(&mut smtp::outbound::Settings),
) -> Vec<(i64, Settlement)> {
    let mut settings = smtp::outbound::Settings::new(client());
    settings.route = Route::Mx { port };
    change(&mut settings);
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(Runner::new(Arc::clone(queue), Arc::new(Zone), settings).run(stopped));
    while queue.settled.lock().unwrap().len() < count {
        tokio::time::timeout(Duration::from_secs(20), queue.bell.notified()).await.unwrap();
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    let mut settled = queue.settled.lock().unwrap().clone();
    settled.sort_by_key(|(recipient, _)| *recipient);
    settled
}

impl Queue for Memory {
    async fn due(&self, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Page, Error> {
        let (items, leased) = (self.items.lock().unwrap(), self.leased.lock().unwrap());
        let after = after.map_or(-1, |place| place.recipient);
        let due =
            items.iter().filter(|(item, at)| *at <= now && item.recipient > after && !leased.contains(&item.recipient));
        let items: Vec<Item> = due.map(|(item, _)| item.clone()).take(limit).collect();
        let last = items.last().filter(|_| items.len() == limit);
        Ok(Page { next: last.map(|item| Place { at: now, recipient: item.recipient }), items })
    }

    async fn lease(&self, recipients: &[i64], _now: Timestamp) -> Result<Vec<i64>, Error> {
        let mut leased = self.leased.lock().unwrap();
        let new: Vec<i64> = recipients.iter().copied().filter(|recipient| leased.insert(*recipient)).collect();
        let at_work = leased.len() - self.settled.lock().unwrap().len();
        self.leased_max.fetch_max(at_work, Ordering::Relaxed);
        Ok(new)
    }

    async fn renew(&self, recipients: &[i64], _now: Timestamp) -> Result<Vec<i64>, Error> {
        self.renewed.notify_one();
        Ok(recipients.iter().copied().filter(|recipient| !self.loses.contains(recipient)).collect())
    }

    async fn raw(&self, _outgoing: i64) -> Result<Vec<u8>, Error> {
        self.events.lock().unwrap().push('r');
        if self.is_slow {
            self.renewed.notified().await;
        }
        Ok(b"Message-ID: <m@corp.test>\r\nSubject: s\r\n\r\nhello\r\n".to_vec())
    }

    async fn settle(&self, recipient: i64, settlement: Settlement) -> Result<(), Error> {
        self.items.lock().unwrap().retain(|(item, _)| item.recipient != recipient);
        self.events.lock().unwrap().push('s');
        self.settled.lock().unwrap().push((recipient, settlement));
        self.bell.notify_one();
        Ok(())
    }

    async fn notify(&self, to: Address, raw: Vec<u8>) -> Result<(), Error> {
        if let Some(reply) = &self.refuses {
            return Err(Error::Refused(reply.clone()));
        }
        self.notices.lock().unwrap().push((to, raw));
        Ok(())
    }

    async fn changed(&self) {
        std::future::pending().await
    }
}

/// `d.test` has a dead host before a living one; `gone.test` does not exist; `sick.test` cannot be resolved.
struct Zone;

impl MxResolver for Zone {
    async fn mx(&self, domain: &Domain) -> Result<Mx, Error> {
        match domain.as_str() {
            "d.test" => Ok(Mx::Hosts(vec![(20, "live.test".into()), (10, "dead.test".into())])),
            "gone.test" => Ok(Mx::NoSuchDomain),
            _ => Err(Error::Backend { what: "DNS", cause: "no answer".into() }),
        }
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        Ok(vec![if host == "live.test" { "127.0.0.1" } else { "127.0.0.9" }.parse().unwrap()])
    }
}

fn item(recipient: i64, outgoing: i64, address: &str) -> (Item, Timestamp) {
    let item = Item {
        outgoing,
        recipient,
        waiting: Waiting {
            reverse_path: ReversePath::Address(Address::parse("a@corp.test").unwrap()),
            address: Address::parse(address).unwrap(),
            notify: Notify::default(),
            original: None,
            envelope_id: None,
            smtputf8: false,
            attempts: 0,
            queued_at: Timestamp::from_system(std::time::SystemTime::now()),
            failed: None,
        },
        size_bytes: 50,
    };
    (item, Timestamp::from_unix_s(0))
}

#[tokio::test]
async fn the_runner_delivers_puts_off_and_gives_up() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::Starttls).await;
    let items = vec![
        item(1, 1, "x@d.test"),
        item(2, 1, "y@d.test"),
        item(3, 2, "unknown@d.test"),
        item(4, 3, "z@gone.test"),
        item(5, 4, "z@sick.test"),
    ];
    let queue = Memory::with(items, None);
    let settled = run(&queue, address.port(), 5).await;
    assert!(matches!(&settled[0].1, Settlement::Delivered { .. }));
    assert!(matches!(&settled[1].1, Settlement::Delivered { .. }));
    assert!(matches!(&settled[2].1, Settlement::Failed { reply } if reply.code == 550));
    assert!(matches!(&settled[3].1, Settlement::Failed { reply } if reply.enhanced == Some(Enhanced(5, 1, 2))));
    assert!(matches!(&settled[4].1, Settlement::Retry { .. }));
    let taken = house.taken.lock().unwrap();
    assert_eq!(taken.len(), 1, "one message for two recipients of one domain");
    assert_eq!(taken[0].1.recipients.len(), 2);
    let notices = queue.notices.lock().unwrap();
    assert_eq!(notices.len(), 2);
    assert!(String::from_utf8_lossy(&notices[0].1).contains("multipart/report"));
}

#[tokio::test]
async fn what_has_failed_is_only_told_again_and_not_for_ever() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let later = || Some(Reply::new(450, Enhanced(4, 2, 1), "Perhaps nobody"));
    let queue = Memory::with(vec![item(1, 1, "unknown@d.test")], later());
    let settled = run(&queue, address.port(), 1).await;
    let Settlement::Untold { at, failed } = &settled[0].1 else { panic!("{settled:?}") };
    assert!(*at > failed.at && failed.reply.code == 550);

    // It comes back: this recipient would be taken now, but must not be tried.
    let come_back = |days: i64| {
        let (mut item, at) = item(1, 1, "x@d.test");
        let failed_at = item.waiting.queued_at.plus_s(-days * 86_400);
        item.waiting.failed = Some(Failed { at: failed_at, reply: failed.reply.clone() });
        vec![(item, at)]
    };
    let queue = Memory::with(come_back(0), None);
    let settled = run(&queue, address.port(), 1).await;
    assert!(matches!(&settled[0].1, Settlement::Failed { reply } if reply.code == 550), "{settled:?}");
    assert!(String::from_utf8_lossy(&queue.notices.lock().unwrap()[0].1).contains("Action: failed"));
    let settled = run(&Memory::with(come_back(1), later()), address.port(), 1).await;
    assert!(matches!(&settled[0].1, Settlement::Untold { .. }), "{settled:?}");
    let settled = run(&Memory::with(come_back(6), later()), address.port(), 1).await;
    assert!(matches!(&settled[0].1, Settlement::Failed { .. }), "{settled:?}");
    assert!(house.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn many_recipients_go_in_several_transactions_as_many_as_the_server_takes() {
    for (recipients_max, transactions) in [(1000, vec![100, 100, 50]), (80, vec![80, 20, 80, 20, 50])] {
        let limits = Limits { recipients_max, ..Limits::default() };
        let Open { address, house, stop: _stop, .. } = open_house(limits, Tls::None).await;
        let items: Vec<_> = (0..250).map(|n| item(n, 1, &format!("u{n}@d.test"))).collect();
        let settled = run(&Memory::with(items, None), address.port(), 250).await;
        assert!(settled.iter().all(|(_, settlement)| matches!(settlement, Settlement::Delivered { .. })));
        let taken = house.taken.lock().unwrap();
        assert_eq!(taken.iter().map(|(_, envelope, _)| envelope.recipients.len()).collect::<Vec<_>>(), transactions);
    }
}

#[tokio::test]
async fn a_message_is_read_when_its_turn_comes_and_settled_before_the_next() {
    let Open { address, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let items = (0..6).map(|n| item(n, n / 2, &format!("u{n}@d.test"))).collect();
    let queue = Memory::with(items, None);
    run(&queue, address.port(), 6).await;
    assert_eq!(*queue.events.lock().unwrap(), "rssrssrss");
}

#[tokio::test]
async fn only_what_a_session_has_begun_is_leased() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let items = (0..9).map(|n| item(n, n, &format!("u{n}@d.test"))).collect();
    let queue = Memory::with(items, None);
    let settled = run_with(&queue, address.port(), 9, |settings| {
        (settings.sessions_per_domain_max, settings.messages_per_session_max) = (1, 2);
    });
    assert_eq!(settled.await.len(), 9);
    assert_eq!(queue.leased_max.load(Ordering::Relaxed), 2);
    assert_eq!(house.taken.lock().unwrap().len(), 9);
}

#[tokio::test]
async fn a_session_renews_its_leases_and_leaves_what_it_lost() {
    let Open { address, house, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let items = Mutex::new(vec![item(0, 0, "a@d.test"), item(1, 1, "b@d.test"), item(2, 2, "c@d.test")]);
    let queue = Arc::new(Memory { items, loses: vec![1], is_slow: true, ..Memory::default() });
    let settled = run_with(&queue, address.port(), 2, |settings| settings.renew = Duration::from_millis(20)).await;
    assert_eq!(settled.iter().map(|(recipient, _)| *recipient).collect::<Vec<_>>(), [0, 2]);
    let taken = house.taken.lock().unwrap();
    let to: Vec<String> = taken.iter().map(|(_, envelope, _)| envelope.recipients[0].path.to_string()).collect();
    assert_eq!(to, ["<a@d.test>", "<c@d.test>"]);
}

/// A server that knows DSN; answers its port, and what it was told by RCPT.
async fn dsn_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (reading, mut writing) = socket.into_split();
        writing.write_all(b"220 d.test\r\n").await.unwrap();
        let (mut lines, mut in_data) = (BufReader::new(reading).lines(), false);
        while let Some(line) = lines.next_line().await.unwrap() {
            let answer = match line.split(' ').next().unwrap() {
                "." => "250 taken\r\n",
                _ if in_data => continue,
                "EHLO" => "250-d.test\r\n250 DSN\r\n",
                "DATA" => "354 go on\r\n",
                _ => "250 ok\r\n",
            };
            in_data = answer.starts_with("354");
            if line.starts_with("RCPT") {
                hears.lock().unwrap().push(line);
            }
            writing.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, heard)
}

#[tokio::test]
async fn who_takes_over_the_notice_of_success_gives_it() {
    let wanted = || {
        let (mut item, at) = item(1, 1, "x@d.test");
        item.waiting.notify.success = true;
        Memory::with(vec![(item, at)], None)
    };
    let (port, heard) = dsn_server().await;
    let queue = wanted();
    assert!(matches!(run(&queue, port, 1).await[0].1, Settlement::Delivered { .. }));
    assert_eq!(*heard.lock().unwrap(), ["RCPT TO:<x@d.test> NOTIFY=SUCCESS,FAILURE,DELAY"]);
    assert!(queue.notices.lock().unwrap().is_empty());

    let Open { address, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let queue = wanted();
    run(&queue, address.port(), 1).await;
    assert!(String::from_utf8_lossy(&queue.notices.lock().unwrap()[0].1).contains("Action: relayed"));
}

#[tokio::test]
async fn the_only_session_goes_to_who_has_waited_longest() {
    let Open { address, stop: _stop, .. } = open_house(Limits::default(), Tls::None).await;
    let addresses = ["z@gone.test", "a@d.test", "b@d.test", "y@gone.test"];
    let items = (0..).zip(addresses).map(|(n, address)| item(n, n, address)).collect();
    let queue = Memory::with(items, None);
    let settled = run_with(&queue, address.port(), 4, |settings| {
        (settings.sessions_max, settings.messages_per_session_max) = (1, 1);
    });
    settled.await;
    let order: Vec<i64> = queue.settled.lock().unwrap().iter().map(|(recipient, _)| *recipient).collect();
    assert_eq!(order, [0, 1, 2, 3]);
}
