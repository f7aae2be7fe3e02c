//! A server that answers as a test says, for what the sandbox does not do: proxies, and headers of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};

/// Reads a request to its end: the lines of its head, and its body.
fn read(stream: &mut BufReader<TcpStream>) -> Option<(Vec<String>, Vec<u8>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream
            .read_line(&mut line)
            .ok()
            .filter(|count| *count > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = |line: &String| {
        let (name, value) = line.split_once(": ")?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.parse().unwrap())
    };
    let mut body = vec![0; lines.iter().find_map(length).unwrap_or_default()];
    stream.read_exact(&mut body).ok()?;
    Some((lines, body))
}

/// The URL of a server, or a proxy, that lasts as long as the tests do. `answer` gets the head of each request, line by line,
/// and its body, and has one answer to give.
pub(crate) fn served_by(
    answer: impl Fn(Vec<String>, Vec<u8>, &mut TcpStream) + Clone + Send + 'static,
) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream.unwrap());
                if let Some((lines, body)) = read(&mut stream) {
                    answer(lines, body, stream.get_mut());
                }
            });
        }
    });
    url
}
