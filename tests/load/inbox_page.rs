//! The inbox page of a mailbox of 50,000 messages, asked for 200 times a second, the server on one core.
//!
//! The load is open: each request has its moment, whether or not the one before was answered, and waits from that moment
//! on. So a server that stops for a second is seen to have stopped for two hundred requests, not for one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tests::clients::smtp::Conversation;
use tests::lab::Net;
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::load::{Figure, median};
use tests::stage::Stage;

use crate::{RUNS, place};

/// Messages in the mailbox.
const MESSAGES: usize = 50_000;
/// Sessions that bring them.
const SESSIONS: usize = 20;
/// Requests a second.
const RATE: u32 = 200;
/// How long a run takes.
const RUN_S: u32 = 20;
/// Connections that are kept open; with fewer, a slow answer would hold up the next request.
const CONNECTIONS: u32 = 40;
/// Where the pages are, inside of the standby's host.
const ADDRESS: &str = "127.0.0.1:8080";

/// A page that reads nothing: its p99 is what this machine and its other work cost any page (`inbox_page_floor`).
const DOOR: &str = "/welcome";

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// A browser that has signed in.
#[derive(Clone)]
struct Browser {
    cookies: String,
}

pub fn measure() -> Result<Vec<Figure>> {
    let dir = place()?;
    let mut stage = Stage::reception(dir.path(), |parts| parts)?;
    let begun = Instant::now();
    fill(&stage.world.net, "accueil@corp.test")?;
    eprintln!("{MESSAGES} messages in {:.0} s", begun.elapsed().as_secs_f64());
    let said = stage.relais.json(&["people", "invite", "accueil@corp.test"])?;
    let code = said["activation_code"].as_str().context("no activation code")?.to_owned();
    let pid = stage.relais.daemon()?.pid().to_string();
    succeed(Command::new("taskset").args(["-apc", "0", &pid]))?;
    let net = Arc::clone(&stage.world.net);
    let (browser, inbox) = net.on(Host::Standby, move || Browser::welcomed(&code))?;
    let (mut p50, mut p99, mut floor, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let page = run_once(&net, &browser, &inbox)?;
        let door = run_once(&net, &browser, DOOR)?;
        // The first one pays for what is done once.
        if run > 0 {
            p50.push(percentile(&page.waits_ms, 50));
            p99.push(percentile(&page.waits_ms, 99));
            floor.push(percentile(&door.waits_ms, 99));
            bytes.push(page.bytes as f64 / 1_000.0);
        }
    }
    let figure = |name, ours, goal, unit| Figure { name, ours, peer: None, goal, unit, runs: RUNS };
    Ok(vec![
        figure("inbox_page", median(p99), "25", "ms"),
        figure("inbox_page_floor", median(floor), "none", "ms"),
        figure("inbox_page_median", median(p50), "none", "ms"),
        figure("inbox_page_size", median(bytes), "60", "kB"),
    ])
}

/// Letters of people with names, by several sessions at a time.
fn fill(net: &Arc<Net>, to: &'static str) -> Result<()> {
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|session| {
            let net = Arc::clone(net);
            std::thread::spawn(move || send(&net, to, session))
        })
        .collect();
    for session in sessions {
        session.join().map_err(|_| anyhow::anyhow!("a session panicked"))??;
    }
    Ok(())
}

fn send(net: &Net, to: &str, session: usize) -> Result<()> {
    let mut left = MESSAGES / SESSIONS;
    let mut number = session;
    while left > 0 {
        let mut client = Conversation::open(net, Host::Partner, 25)?;
        client.expect("EHLO mail.partner.test", 250)?;
        for _ in 0..left.min(100) {
            client.send(format!("MAIL FROM:<ami@partner.test>\r\nRCPT TO:<{to}>\r\nDATA\r\n").as_bytes())?;
            for code in [250, 250, 354] {
                let answer = client.answer()?;
                ensure!(answer.code == code, "{answer:?}");
            }
            client.send(letter(number).as_bytes())?;
            let answer = client.answer()?;
            ensure!(answer.code == 250, "{answer:?}");
            number += SESSIONS;
        }
        left -= left.min(100);
        client.expect("QUIT", 221)?;
    }
    Ok(())
}

fn letter(number: usize) -> String {
    let names = ["Chloé Lœwe", "Jean-Pierre de la Fontaine", "Jürgen Müller", "Zoé Quincampoix", "Anne Petit"];
    let subjects =
        ["Compte rendu du conseil", "Re: Chantier de la rue Haute", "Rechnung 2026/", "Demande de rendez-vous"];
    let body = "Bonjour, je reviens vers vous au sujet du dossier dont nous avons parlé mardi.\r\n".repeat(12);
    format!(
        "From: {} <a{number}@partner.test>\r\nTo: accueil@corp.test\r\nSubject: {} {number}\r\n\
         Message-ID: <{number}@partner.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{body}.\r\n",
        mail_name(names[number % names.len()]),
        subjects[number % subjects.len()],
    )
}

/// A name in the header: encoded, as it comes in life.
fn mail_name(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let coded: String = name.bytes().map(|octet| format!("={octet:02X}")).collect();
    format!("=?utf-8?q?{coded}?=")
}

/// What a run came to: waits in rising order, the largest page.
struct Run {
    waits_ms: Vec<f64>,
    bytes: usize,
}

fn run_once(net: &Arc<Net>, browser: &Browser, path: &str) -> Result<Run> {
    let begin = Instant::now() + Duration::from_millis(200);
    let lanes: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            let (net, browser, path) = (Arc::clone(net), browser.clone(), path.to_owned());
            std::thread::spawn(move || {
                net.enter(Host::Standby)?;
                lane_of(&browser, &path, begin, lane)
            })
        })
        .collect();
    let (mut waits_ms, mut bytes) = (Vec::new(), 0);
    for lane in lanes {
        let run = lane.join().map_err(|_| anyhow::anyhow!("a connection panicked"))??;
        waits_ms.extend(run.waits_ms);
        bytes = bytes.max(run.bytes);
    }
    waits_ms.sort_by(f64::total_cmp);
    ensure!(waits_ms.len() == (RATE * RUN_S) as usize, "{} answers", waits_ms.len());
    Ok(Run { waits_ms, bytes })
}

/// Every so many-th request, on one connection.
fn lane_of(browser: &Browser, path: &str, begin: Instant, lane: u32) -> Result<Run> {
    let mut line = Line::open()?;
    let (mut waits_ms, mut bytes) = (Vec::new(), 0);
    let mut number = lane;
    while number < RATE * RUN_S {
        let due = begin + Duration::from_secs(1) * number / RATE;
        // Asking at its moment is what a load is; nothing is waited for here.
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let answer = line.ask("GET", path, browser, "")?;
        waits_ms.push(due.elapsed().as_secs_f64() * 1_000.0);
        ensure!(answer.status == 200, "{} {}", answer.status, answer.head);
        ensure!(answer.body.ends_with(b"</html>\n") || answer.body.ends_with(b"</html>"), "half a page");
        bytes = bytes.max(answer.body.len());
        number += CONNECTIONS;
    }
    Ok(Run { waits_ms, bytes })
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or(f64::NAN)
}

impl Browser {
    /// Enrols with an activation code; answers the path of the inbox, too.
    fn welcomed(code: &str) -> Result<(Self, String)> {
        let mut browser = Self { cookies: String::new() };
        let door = browser.ask("GET", "/welcome", "")?;
        let page = String::from_utf8_lossy(&door.body).into_owned();
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.with_context(|| format!("no form at /welcome: {} {page:.300}", door.status))?;
        let password = "une%20longue%20phrase%20de%20passe%2042";
        let form = format!("token={token}&name=accueil%40corp.test&code={code}&password={password}&repeat={password}");
        let entered = browser.ask("POST", "/welcome", &form)?;
        ensure!(entered.status == 303, "not let in: {} {}", entered.status, String::from_utf8_lossy(&entered.body));
        let first = browser.ask("GET", "/", "")?;
        let inbox = header(&first.head, "location").with_context(|| format!("no inbox: {}", first.head))?;
        ensure!(inbox.starts_with("/f/"), "not at the inbox but at {inbox}");
        let page = browser.ask("GET", &inbox, "")?;
        let page = String::from_utf8_lossy(&page.body).into_owned();
        ensure!(page.contains("50000"), "the inbox has not 50,000 messages: {page:.2000}");
        Ok((browser, inbox))
    }

    fn ask(&mut self, method: &str, path: &str, form: &str) -> Result<Answer> {
        let answer = Line::open()?.ask(method, path, self, form)?;
        for line in answer.head.lines() {
            let Some(cookie) = line.to_ascii_lowercase().starts_with("set-cookie:").then(|| &line[11..]) else {
                continue;
            };
            let pair = cookie.trim().split(';').next().unwrap_or_default();
            self.cookies = format!("{pair}; {}", self.cookies);
        }
        Ok(answer)
    }
}

/// A connection to the server.
struct Line(BufReader<TcpStream>);

impl Line {
    fn open() -> Result<Self> {
        let stream = TcpStream::connect(ADDRESS)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self(BufReader::new(stream)))
    }

    fn ask(&mut self, method: &str, path: &str, browser: &Browser, form: &str) -> Result<Answer> {
        let body = match method {
            "POST" => format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            ),
            _ => "\r\n".to_owned(),
        };
        let cookies = browser.cookies.trim_end_matches("; ");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nAccept-Language: fr\r\nCookie: {cookies}\r\n{body}"
        );
        self.0.get_mut().write_all(head.as_bytes())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(self.0.read_line(&mut head)? > 0, "the server hung up: {head}");
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status")?;
        let mut body = Vec::new();
        match header(&head, "content-length").map(|length| length.parse::<usize>()) {
            Some(length) => {
                body.resize(length?, 0);
                self.0.read_exact(&mut body)?;
            }
            None if status == 303 || status == 204 => {}
            None => bail!("an answer of unknown length: {head}"),
        }
        Ok(Answer { status, head, body })
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let of = |line: &str| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    };
    head.lines().find_map(of)
}
