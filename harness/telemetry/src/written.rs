//! Writes events in the forms in which others exchange them, so that a
//! recording can be given away, and read again by a [`Reader`](crate::Reader).
//!
//! Each form takes rendered event XML, as the readers of this crate give it:
//!
//! ```
//! use telemetry::written::{Form, Metadata, Writer};
//!
//! let metadata = Metadata {
//!     source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
//!     sourcetype: "XmlWinEventLog",
//!     host: "WKS-0421",
//! };
//! let form: Form = "events".parse()?;
//! let mut writer = Writer::new(form, Vec::new())?;
//! writer.event("<Event><System><EventID>5</EventID></System></Event>", &metadata)?;
//! let written = writer.finish()?;
//! assert_eq!(
//!     String::from_utf8_lossy(&written),
//!     "<Events>\n<Event><System><EventID>5</EventID></System></Event>\n</Events>\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a form has no place for is told by [`Form::loses`]; an event that has
//! no place in a form at all is refused, never written in part.

mod element;

use std::{fmt, io, io::Write, str::FromStr};

use thiserror::Error;

use element::Element;
pub use element::{NotAnEvent, NotAnEventReason};

/// A form in which events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Event XML, one event after the other, each followed by a line end.
    Xml,
    /// Event XML within `<Events>`, as `wevtutil /e:Events` and Windows' Event
    /// Viewer write it.
    Events,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 2] = [Self::Xml, Self::Events];

    /// Its name, which [`Form::from_str`] knows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Events => "events",
        }
    }

    /// What a file of this form has after the last dot of its name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Xml | Self::Events => "xml",
        }
    }

    /// What events have that this form has no place for: it is not there when
    /// they are read again.
    pub const fn loses(self) -> &'static [&'static str] {
        match self {
            Self::Xml | Self::Events => &[],
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No form has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no form is named {name:?}; there are {}", Form::ALL.map(Form::name).join(", "))]
pub struct UnknownForm {
    /// The name.
    pub name: String,
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, UnknownForm> {
        let form = Self::ALL.into_iter().find(|form| form.name() == name);
        form.ok_or_else(|| UnknownForm {
            name: name.to_owned(),
        })
    }
}

/// What Splunk knows of an event beside its text. Only Splunk's export has a
/// place for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata<'m> {
    /// Splunk's `source`.
    pub source: &'m str,
    /// Splunk's `sourcetype`.
    pub sourcetype: &'m str,
    /// Splunk's `host`.
    pub host: &'m str,
}

/// Why an event was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output cannot be written to.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The text is not one event.
    #[error("not one event: {0}")]
    NotAnEvent(#[from] NotAnEvent),
}

/// Writes events in one form.
#[derive(Debug)]
pub struct Writer<W> {
    form: Form,
    out: W,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`, which is best buffered.
    ///
    /// # Errors
    /// When what stands before the first event cannot be written.
    pub fn new(form: Form, mut out: W) -> io::Result<Self> {
        if form == Form::Events {
            out.write_all(b"<Events>\n")?;
        }
        Ok(Self { form, out })
    }

    /// Writes one event. After an error nothing of it is written, unless the
    /// output itself failed.
    ///
    /// # Errors
    /// [`WriteError`]: what is no event, or has no place in the form.
    pub fn event(&mut self, raw: &str, _metadata: &Metadata<'_>) -> Result<(), WriteError> {
        // Parsed in any case: what is no event would spoil those around it.
        Element::of_event(raw)?;
        match self.form {
            Form::Xml | Form::Events => self.out.write_all(raw.trim_ascii().as_bytes())?,
        }
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Ends the form, and gives the output back, flushed.
    ///
    /// # Errors
    /// When the output cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.form == Form::Events {
            self.out.write_all(b"</Events>\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests;
