//! `tests/services/dynamodb-local.sh` without a real server: what it does on machines that lack something, or have Docker.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::workspace::{self, Fallible};

/// The script with these commands in front of the real ones.
fn script(name: &str, commands: &[(&str, &str)]) -> Fallible<(Command, PathBuf)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder)?;
    for (name, text) in commands {
        let file = folder.join(name);
        fs::write(&file, format!("#!/bin/sh\n{text}\n"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    let path = std::env::var("PATH")?;
    let mut command = Command::new(workspace::root().join("tests/services/dynamodb-local.sh"));
    command.env("PATH", format!("{}:{path}", folder.display())).env_remove("DYNAMODB_ENDPOINT");
    Ok((command, folder))
}

const NONE: &str = "exit 127";

#[test]
fn a_server_that_is_given_is_used_and_nothing_is_started() -> Fallible {
    let (mut script, _) = script("given", &[("java", NONE), ("mvn", NONE), ("docker", NONE)])?;

    let output = script.env("DYNAMODB_ENDPOINT", "http://given:1").args(["printenv", "DYNAMODB_ENDPOINT"]).output()?;

    assert_eq!(output.stdout, b"http://given:1\n");
    assert!(output.status.success());
    Ok(())
}

#[test]
fn what_is_to_be_installed_is_said_and_the_command_is_not_run() -> Fallible {
    for (name, java) in [("no-java", NONE), ("old-java", "echo 'openjdk version \"1.8.0_402\"' >&2")] {
        let (mut script, _) = script(name, &[("java", java), ("docker", NONE)])?;

        let output = script.args(["echo", "run"]).output()?;

        let said = String::from_utf8(output.stderr)?;
        for system in ["Debian", "Fedora", "macOS", "Docker with Compose"] {
            assert!(said.contains(system), "{name}: {said}");
        }
        assert!(!output.status.success() && output.stdout.is_empty(), "{name}");
    }
    Ok(())
}

#[test]
fn with_docker_alone_compose_starts_and_ends_it() -> Fallible {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let port = server.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in server.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 1_024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nx-amzn-RequestId: 1\r\n\r\n");
        }
    });
    let docker =
        format!("echo \"$@\" >>\"$(dirname \"$0\")/calls\"\ncase \"$*\" in *' port '*) echo 127.0.0.1:{port};; esac");
    for (command, succeeds) in [("true", true), ("false", false)] {
        let (mut script, folder) = script("docker-alone", &[("java", NONE), ("docker", &docker)])?;
        let calls = folder.join("calls");
        fs::write(&calls, "")?;

        let output = script.args(["sh", "-c", &format!("printenv DYNAMODB_ENDPOINT; {command}")]).output()?;

        assert_eq!(String::from_utf8(output.stdout)?, format!("http://127.0.0.1:{port}\n"));
        assert_eq!(output.status.success(), succeeds);
        let calls = fs::read_to_string(&calls)?;
        let last = calls.lines().last().unwrap_or_default();
        assert!(calls.contains(" up -d") && last.ends_with("down --volumes"), "{calls}");
    }
    Ok(())
}
