use crate::RuntimeApi;
use std::{
    io::{self, Read},
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

/// A process that runs a function. It is killed when this is dropped.
#[derive(Debug)]
pub struct FunctionProcess {
    child: Child,
    output: Option<JoinHandle<io::Result<String>>>,
}

impl FunctionProcess {
    /// Starts the command with the environment of a function of this API.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(api: &RuntimeApi, mut command: Command) -> io::Result<Self> {
        let mut child = command.envs(api.environment()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        // Read at once, or a process that writes much stands still.
        let output = child.stdout.take().map(|mut pipe| {
            thread::spawn(move || {
                let mut text = String::new();
                pipe.read_to_string(&mut text).map(|_| text)
            })
        });
        Ok(Self { child, output })
    }

    /// Kills it, and gives what it wrote to standard output.
    ///
    /// # Errors
    /// If that was no text.
    pub fn stop(mut self) -> io::Result<String> {
        self.kill();
        self.output()
    }

    /// Waits until it ends by itself, and gives what it wrote to standard output.
    ///
    /// # Errors
    /// If that was no text.
    pub fn wait(mut self) -> io::Result<(ExitStatus, String)> {
        let status = self.child.wait()?;
        Ok((status, self.output()?))
    }

    fn output(&mut self) -> io::Result<String> {
        let text = self.output.take().map(JoinHandle::join);
        text.unwrap_or(Ok(Ok(String::new()))).map_err(|_| io::Error::other("the reader panicked"))?
    }

    fn kill(&mut self) {
        // One that has ended already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
