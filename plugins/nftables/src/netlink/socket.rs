//! The socket. The kernel has answered a request, or the first part of it, by the time that `send` returns, so nothing
//! here ever waits.

use std::io;

use netlink_sys::Socket as Netlink;
use netlink_sys::protocols::NETLINK_NETFILTER;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};

use super::batch::Batch;
use super::message::{Fault, Message, messages};
use super::object::{ChainInfo, RuleInfo, SetInfo};
use super::{attribute, kind};

/// The kernel fills at most 32 KiB at once for whoever has room for them.
const DATAGRAM: usize = 64 << 10;

/// What the kernel keeps of a send buffer for itself.
const OVERHEAD: usize = 32;

/// A connection to `nf_tables`, of the network namespace in which it was opened.
pub struct Socket {
    netlink: Netlink,
    buffer: Vec<u8>,
}

impl Socket {
    /// Opens it.
    ///
    /// # Errors
    /// When the kernel has no netlink for packet filters.
    pub fn open() -> Result<Self, Fault> {
        Ok(Self { netlink: connected().map_err(|e| of_io(&e))?, buffer: vec![0; DATAGRAM] })
    }

    /// The longest request that may be sent, once room was asked for one of `wanted` bytes. A process without
    /// privileges over the machine gets what the administrator allows everybody.
    #[must_use]
    pub fn room(&self, wanted: usize) -> usize {
        let current = || sockopt::socket_send_buffer_size(&self.netlink).unwrap_or_default();
        if current() < wanted.saturating_add(OVERHEAD) {
            // The kernel doubles what it is told.
            let half = wanted / 2 + OVERHEAD;
            if sockopt::set_socket_send_buffer_size_force(&self.netlink, half).is_err() {
                let _ = sockopt::set_socket_send_buffer_size(&self.netlink, half);
            }
        }
        current().saturating_sub(OVERHEAD)
    }

    /// Carries a transaction out: all of it, or nothing and the first fault.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn commit(&mut self, transaction: &[u8]) -> Result<(), Fault> {
        let (mut first, mut is_answered) = (None, false);
        let asked = self.ask(transaction, &mut |message| {
            is_answered |= message.kind == kind::ERROR;
            first = first.or(message.fault());
        });
        match first {
            // Even when there were more than the answers have room for, this is why.
            Some(fault) => Err(fault),
            None if asked.is_err() => asked,
            None if is_answered => Ok(()),
            // It ends with a message that is to be acknowledged.
            None => Err(Fault::whole(Errno::PROTO)),
        }
    }

    /// Sends a request that is no dump and hands over every answer, faults too.
    ///
    /// # Errors
    /// When it could not be sent, or the answers did not fit.
    pub fn ask(&mut self, request: &[u8], take: &mut dyn FnMut(&Message<'_>)) -> Result<(), Fault> {
        self.send(request)?;
        while let Some(length) = self.receive()? {
            for message in messages(&self.buffer[..length]) {
                take(&message);
            }
        }
        Ok(())
    }

    /// Sends a request for a dump and hands over its messages; answers whether it came to its end, which it does not
    /// when `take` wants no more.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn dump(
        &mut self,
        request: &[u8],
        take: &mut dyn FnMut(&Message<'_>) -> bool,
    ) -> Result<bool, Fault> {
        self.send(request)?;
        while let Some(length) = self.receive()? {
            for message in messages(&self.buffer[..length]) {
                match message.fault() {
                    Some(fault) => return Err(fault),
                    None if message.is_last() => return Ok(true),
                    None if take(&message) => {}
                    None => {
                        // What is left of the dump would be taken for the answer to the next request.
                        self.netlink = connected().map_err(|e| of_io(&e))?;
                        return Ok(false);
                    }
                }
            }
        }
        Err(Fault::whole(Errno::PROTO))
    }

    /// The number that every write to the ruleset of this namespace raises.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn generation(&mut self) -> Result<u32, Fault> {
        let (mut generation, mut fault) = (None, None);
        let mut question = Batch::questions();
        question.generation();
        self.ask(&question.finish(), &mut |message| {
            generation = generation.or_else(|| attribute::number(message.attributes(), 1));
            fault = fault.or(message.fault());
        })?;
        generation.ok_or(fault.unwrap_or(Fault::whole(Errno::PROTO)))
    }

    /// The sets of a table; none when there is no such table.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn sets(&mut self, table: &str) -> Result<Vec<SetInfo>, Fault> {
        self.all(kind::GET_SET, table, SetInfo::read)
    }

    /// The chains of a table.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn chains(&mut self, table: &str) -> Result<Vec<ChainInfo>, Fault> {
        self.all(kind::GET_CHAIN, table, ChainInfo::read)
    }

    /// The rules of a table.
    ///
    /// # Errors
    /// What the kernel said against it.
    pub fn rules(&mut self, table: &str) -> Result<Vec<RuleInfo>, Fault> {
        self.all(kind::GET_RULE, table, RuleInfo::read)
    }

    fn all<T>(
        &mut self,
        kind: u16,
        table: &str,
        read: impl Fn(&Message<'_>, &str) -> Option<T>,
    ) -> Result<Vec<T>, Fault> {
        let (mut question, mut all) = (Batch::questions(), Vec::new());
        question.list_of(kind, table);
        let dumped = self.dump(&question.finish(), &mut |message| {
            all.extend(read(message, table));
            true
        });
        match dumped {
            // Newer kernels say that there is no such table, older ones that it has nothing.
            Err(fault) if fault.errno != Errno::NOENT => Err(fault),
            _ => Ok(all),
        }
    }

    fn send(&self, request: &[u8]) -> Result<(), Fault> {
        loop {
            match send(&self.netlink, request, SendFlags::empty()) {
                Err(Errno::INTR) => {}
                sent => return sent.map(|_| ()).map_err(Fault::whole),
            }
        }
    }

    /// The length of the next datagram; `None` when nothing is left.
    fn receive(&mut self) -> Result<Option<usize>, Fault> {
        loop {
            match recv(&self.netlink, self.buffer.as_mut_slice(), RecvFlags::DONTWAIT) {
                Ok((length, _)) => return Ok(Some(length)),
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Fault::whole(errno)),
            }
        }
    }
}

fn connected() -> io::Result<Netlink> {
    let netlink = Netlink::new(NETLINK_NETFILTER)?;
    netlink.set_ext_ack(true)?;
    netlink.set_cap_ack(true)?;
    Ok(netlink)
}

fn of_io(error: &io::Error) -> Fault {
    Fault::whole(Errno::from_io_error(error).unwrap_or(Errno::IO))
}
