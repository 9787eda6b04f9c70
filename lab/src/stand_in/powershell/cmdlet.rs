//! The commands that reach out of the script: `Invoke-WebRequest` and
//! `Start-Sleep`.

use std::rc::Rc;
use std::time::Duration;

use super::super::http::{
    HeaderMap, HeaderName, HeaderValue, HttpError, Method, Request, Response, is_set_by_client,
    method_without_body, parse_url, user_agent,
};
use super::super::refusal::Refusal;
use super::execute::{Interpreter, Interruption};
use super::syntax::{Interval, WebRequest};
use super::value::{Failure, Value, WebResponse};

/// The longest wait that `Start-Sleep` takes, in milliseconds.
const LONGEST_SLEEP: u64 = 2_147_483_647;

impl Interpreter<'_, '_> {
    /// `Invoke-WebRequest`: a status of 400 or more is an error, as in
    /// PowerShell.
    pub(super) fn web_request(&mut self, request: &WebRequest) -> Result<Value, Interruption> {
        let message = self.message(request)?;
        let response = self.system.http.send(&message);
        match response {
            Ok(response) if response.status().as_u16() >= 400 => {
                let status = response.status();
                let reason = status.canonical_reason().unwrap_or_default();
                Err(failed(format!(
                    "The remote server returned an error: ({}) {reason}.",
                    status.as_u16()
                )))
            }
            Ok(response) => Ok(Value::Response(Rc::new(web_response(&response)))),
            Err(error) => Err(failed(described(&error))),
        }
    }

    fn message(&mut self, request: &WebRequest) -> Result<Request, Interruption> {
        let text = self.expression(&request.uri)?.to_text();
        let url =
            parse_url(&text).map_err(|error| Refusal::at(request.place, error.to_string()))?;
        let refuse = |what: String| Interruption::from(Refusal::at(request.place, what));
        let mut message = Request::new(Method::GET, url);
        if let Some(method) = &request.method {
            let name = self.expression(method)?.to_text();
            message.method =
                method_without_body(&name).ok_or_else(|| refuse(format!("the method `{name}`")))?;
        }
        message.headers = self.headers(request)?;
        if let Some(timeout) = &request.timeout_seconds {
            let seconds = self.expression(timeout)?.to_integer()?;
            let seconds = u64::try_from(seconds)
                .map_err(|_| failed(format!("{seconds} is less than the minimum of 0.")))?;
            // 0 is PowerShell's "no limit"; the client's own then holds.
            message.timeout = (seconds > 0).then(|| Duration::from_secs(seconds));
        }
        if let Some(maximum) = &request.maximum_redirection {
            let maximum = self.expression(maximum)?.to_integer()?;
            message.redirects = u32::try_from(maximum)
                .map_err(|_| failed(format!("{maximum} is less than the minimum of 0.")))?
                .min(message.redirects);
        }
        Ok(message)
    }

    fn headers(&mut self, request: &WebRequest) -> Result<HeaderMap, Interruption> {
        let refuse = |what: String| Interruption::from(Refusal::at(request.place, what));
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", user_agent("powershell.exe"));
        let mut entries = Vec::new();
        if let Some(table) = &request.headers {
            match self.expression(table)? {
                Value::Map(table) => entries.extend(table.iter().cloned()),
                Value::Null => {}
                _ => return Err(refuse("`-Headers` that is not a table".to_owned())),
            }
        }
        if let Some(agent) = &request.user_agent {
            entries.push(("User-Agent".to_owned(), self.expression(agent)?));
        }
        for (name, value) in entries {
            let header =
                HeaderName::try_from(&name).map_err(|_| refuse(format!("the header `{name}`")))?;
            if is_set_by_client(&header) {
                return Err(refuse(format!("the header `{name}`")));
            }
            let value = HeaderValue::try_from(value.to_text())
                .map_err(|_| refuse(format!("the value of the header `{name}`")))?;
            headers.insert(header, value);
        }
        Ok(headers)
    }

    /// `Start-Sleep`: whole seconds, as in Windows PowerShell 5.1, or
    /// milliseconds.
    pub(super) fn sleep(&mut self, interval: &Interval) -> Result<(), Interruption> {
        let (amount, unit) = match interval {
            Interval::Seconds(seconds) => (self.expression(seconds)?.to_integer()?, 1000),
            Interval::Milliseconds(milliseconds) => {
                (self.expression(milliseconds)?.to_integer()?, 1)
            }
        };
        let milliseconds = u64::try_from(amount)
            .ok()
            .and_then(|amount| amount.checked_mul(unit))
            .filter(|&milliseconds| milliseconds <= LONGEST_SLEEP);
        let Some(milliseconds) = milliseconds else {
            return Err(Interruption::Failed(Failure {
                command: Some("Start-Sleep"),
                message: format!("{amount} is not an interval that can be waited for."),
            }));
        };
        self.system.clock.sleep(Duration::from_millis(milliseconds));
        Ok(())
    }
}

fn failed(message: String) -> Interruption {
    Interruption::Failed(Failure {
        command: Some("Invoke-WebRequest"),
        message,
    })
}

fn web_response(response: &Response<Vec<u8>>) -> WebResponse {
    let status = response.status();
    WebResponse {
        status: status.as_u16(),
        description: status.canonical_reason().unwrap_or_default().to_owned(),
        content: String::from_utf8_lossy(response.body()).as_ref().into(),
    }
}

/// An error in the words of .NET's `WebException`.
fn described(error: &HttpError) -> String {
    match error {
        HttpError::NameNotResolved(name) => {
            format!("The remote name could not be resolved: '{name}'")
        }
        HttpError::Connection(_) => "Unable to connect to the remote server".to_owned(),
        HttpError::Tls(_) => "The underlying connection was closed: Could not establish trust \
                              relationship for the SSL/TLS secure channel."
            .to_owned(),
        HttpError::Timeout => "The operation has timed out.".to_owned(),
        other => other.to_string(),
    }
}
