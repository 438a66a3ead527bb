//! Figures, printed and never judged: `cargo test --release -p store --test region -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use store::region::NewMailbox;

use crate::house::{House, START, folder, message, raw};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints a figure"]
async fn laying_out_5_000_messages() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0)]).await;
    let body = "Le conseil municipal se réunit jeudi à vingt heures. ".repeat(100);
    let recording = Instant::now();
    for batch in 0..50 {
        house
            .see((0..100).map(|n| message("INBOX", batch * 100 + n + 1, &format!("{batch} {n} {body}"), 1)).collect())
            .await;
    }
    println!("recorded 5000 in {:?}", recording.elapsed());
    house.clean_point(10).await;
    let start = Instant::now();
    let laid_out = house.region().lay_out(house.mailbox).await.unwrap();
    println!("laid out {laid_out:?} in {:?}", start.elapsed());
    house.unseal().await;
    let start = Instant::now();
    let messages = house.messages("INBOX").await;
    println!("listed {} in {:?}", messages.len(), start.elapsed());
    let ids: Vec<_> = messages.iter().map(|message| message.content).collect();
    let start = Instant::now();
    println!(
        "summaries {} in {:?}",
        house.region().summaries(house.mailbox, &ids).await.unwrap().len(),
        start.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints a figure"]
async fn accepting_from_20_sessions() {
    let house = Arc::new(House::new().await);
    house.clean_point(0).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    let body: String =
        (0..170).map(|n| format!("ligne {n} {:x} du message\r\n", n * n * 7919)).collect::<String>().repeat(2);
    let start = Instant::now();
    let sessions: Vec<_> = (0..20)
        .map(|_| {
            let (house, body) = (Arc::clone(&house), raw(&body));
            tokio::spawn(async move {
                for _ in 0..200 {
                    let content = house.region().new_content_id();
                    house.region().accept(house.arrival(content, body.clone(), 1)).await.unwrap();
                }
            })
        })
        .collect();
    for session in sessions {
        session.await.unwrap();
    }
    println!("accepted {:.0} a second of {} bytes", 4000.0 / start.elapsed().as_secs_f64(), raw(&body).len());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints a figure"]
async fn provisioning_20_000_mailboxes() {
    let house = House::new().await;
    let new =
        |n| NewMailbox { owner: format!("p{n}").as_str().into(), address: format!("p{n}@corp.test"), shared: false };
    let new: Vec<_> = (0..20_000).map(new).collect();
    for round in ["first", "again"] {
        let start = Instant::now();
        house.region().provision(&new, START).await.unwrap();
        println!("{round}: 20000 in {:?}", start.elapsed());
    }
    let start = Instant::now();
    println!("unsealed {} in {:?}", house.region().unseal(&house.unlock, None).await.unwrap(), start.elapsed());
}
