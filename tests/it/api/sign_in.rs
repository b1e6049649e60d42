//! Signing in and out, by cookie and by token, and the first start.

use serde_json::{Value, json};

use super::{EMAIL, PASSWORD, Whole};

const SESSION: &str = "/api/v1/session";

#[tokio::test]
async fn a_session_lasts_from_sign_in_to_sign_out() {
    let whole = Whole::start().await;
    assert_eq!(whole.send("", &format!("GET {SESSION}"), &Value::Null).await.status, 401);
    let body = json!({ "email": "ADA@example.org", "password": PASSWORD });
    let answer = whole.send("", &format!("POST {SESSION}"), &body).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");

    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let session = whole.send(&cookie, &format!("GET {SESSION}"), &Value::Null).await.json();
    assert_eq!(session["user"]["email"], EMAIL);
    assert_eq!(session["user"]["superAdmin"], true);
    assert_eq!((&session["teams"], &session["environments"]), (&json!([]), &json!([])));

    let ended = whole.send(&cookie, &format!("DELETE {SESSION}"), &Value::Null).await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(whole.send(&cookie, &format!("GET {SESSION}"), &Value::Null).await.status, 401);
    whole.stop().await;
}

#[tokio::test]
async fn wrong_passwords_and_unknown_people_are_told_the_same() {
    let whole = Whole::start().await;
    let attempt = |email: &'static str| {
        let whole = &whole;
        async move {
            let body = json!({ "email": email, "password": "wrong horse" });
            whole.send("", &format!("POST {SESSION}"), &body).await
        }
    };
    let (known, unknown) = (attempt(EMAIL).await, attempt("eve@example.org").await);
    assert_eq!((known.status, unknown.status), (401, 401));
    assert_eq!(known.body, unknown.body);
}

#[tokio::test]
async fn guesses_are_limited_for_the_address_they_are_made_at() {
    let whole = Whole::start().await;
    let body = json!({ "email": EMAIL, "password": "wrong horse" });
    let mut answer = whole.send("", &format!("POST {SESSION}"), &body).await;
    let mut guesses = 1;
    while answer.status == 401 && guesses < 100 {
        answer = whole.send("", &format!("POST {SESSION}"), &body).await;
        guesses += 1;
    }
    assert_eq!((answer.status, guesses), (429, 21));
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() <= 15);
}

#[tokio::test]
async fn another_site_cannot_use_the_cookie_to_write() {
    let whole = Whole::start().await;
    let cookie = whole.sign_in(EMAIL, PASSWORD).await;
    let with = |header: &str| format!("Cookie: {cookie}\r\n{header}\r\n");
    let body = json!({ "name": "t" });
    for (header, status) in [
        ("Origin: https://evil.example", 403),
        ("Sec-Fetch-Site: cross-site", 403),
        ("Origin: http://systole.test", 201),
        ("Sec-Fetch-Site: same-origin", 201),
    ] {
        let answer = whole.send(&with(header), "POST /api/v1/tokens", &body).await;
        assert_eq!(answer.status, status, "{header}");
    }
    // Reading changes nothing, and the other site cannot see the answer.
    let headers = with("Origin: https://evil.example");
    let read = whole.send(&headers, "GET /api/v1/tokens", &Value::Null).await;
    assert_eq!(read.json()["total"], 2);
}

#[tokio::test]
async fn a_deleted_token_is_no_token() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let token = admin.get("/api/v1/tokens").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.status(&format!("DELETE /api/v1/tokens/{token}")).await, 204);
    assert_eq!(admin.status("GET /api/v1/tokens").await, 401);
}

#[tokio::test]
async fn the_first_start_hands_out_one_set_up_link() {
    let whole = Whole::start_empty().await;
    let token = whole.server.setup_token.clone().unwrap();
    let needed = || async {
        whole.send("", "GET /api/v1/setup", &Value::Null).await.json()["needed"].as_bool().unwrap()
    };
    assert!(needed().await);
    let attempt = |token: &str| {
        let body = json!({ "token": token, "email": EMAIL, "password": PASSWORD });
        let whole = &whole;
        async move { whole.send("", "POST /api/v1/setup", &body).await }
    };
    assert_eq!(attempt("guess").await.status, 403);
    let done = attempt(&token).await;
    assert_eq!(done.status, 201);
    let cookie = done.header("set-cookie").unwrap().split(';').next().unwrap();
    let cookie = format!("Cookie: {cookie}\r\n");
    let session = whole.send(&cookie, "GET /api/v1/session", &Value::Null).await;
    assert_eq!(session.json()["user"]["superAdmin"], true);
    assert!(!needed().await);
    assert_eq!(attempt(&token).await.status, 403);
}

#[tokio::test]
async fn the_last_super_admin_stays() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let me = admin.get("/api/v1/session").await["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.status(&format!("DELETE /api/v1/users/{me}")).await, 409);
    let body = json!({ "email": "bob@example.org", "password": PASSWORD, "superAdmin": true });
    let bob = admin.create("/api/v1/users", &body).await;
    assert_eq!(
        admin.ask("POST /api/v1/users", &body).await.status,
        409,
        "an address is taken once"
    );
    assert_eq!(admin.status(&format!("DELETE /api/v1/users/{bob}")).await, 204);
}
