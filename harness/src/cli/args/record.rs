//! What `record` takes.

use std::path::PathBuf;

use beaconlab::record::Form;
use clap::Args;
use clap::builder::PossibleValuesParser;

/// Make data sets of a run, for others and for regression tests.
///
/// Of each scenario that was run, its events and their metadata are written as
/// Splunk's attack_data has them, into a folder
/// DIR/datasets/attack_techniques/<technique>/<scenario>/: windows-sysmon.log,
/// windows-powershell.log and <scenario>.yml, with source and sourcetype as under
/// the add-on of the run. For each detection that found the scenario,
/// DIR/contentctl/<detection>/<scenario>.yml has a test as contentctl runs it.
///
/// Events stay byte for byte as the run recorded them. So the first program of a
/// scenario has beaconlab's own path and command line as its parent's: run
/// beaconlab from a path that others may see.
///
/// A run that was cut short, or a scenario that did not work, is recorded as far
/// as it went, since its events did happen; the data set's description begins
/// with NOT WHOLE, and the exit code is 4.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  beaconlab record --to data                     the newest run under runs/
  beaconlab record runs/20261124T100000.000Z-1 --to data --author 'Ann Example'
  beaconlab record --to data --form winlogbeat --form nxlog
  beaconlab record --to data --sigma rules/windows/dns_query/dns_query_win_mine.yml

Exit codes:
  0  written
  3  no such run, or something is there already
  4  written, and the run was not whole; or it could not be written")]
pub(in super::super) struct RecordArgs {
    /// The folder of the run [default: the newest under runs/]
    #[arg(value_name = "RUN_FOLDER")]
    pub(in super::super) run: Option<PathBuf>,

    /// Where the data sets are put; the folder is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(in super::super) to: PathBuf,

    /// Write the events in this form, too, as DIR/exports/FORM/<scenario>; may be
    /// given again
    #[arg(long = "form", value_name = "FORM", value_parser = form_names())]
    pub(in super::super) forms: Vec<String>,

    /// Make regression data of this Sigma rule; may be given again
    ///
    /// DIR/regression_data/ then has, in the rule's own place, info.yml and a
    /// sample as Sigma's repository asks for them: the events of the run that the
    /// rule's logsource is about, as JSON lines with the fields of Sigma's
    /// taxonomy (type ndjson; EVTX is not written). Whether the rule matches them
    /// is not looked at: record a run of those scenarios that it is meant to find.
    #[arg(long = "sigma", value_name = "RULE.yml")]
    pub(in super::super) rules: Vec<PathBuf>,

    /// Who is named as the author
    #[arg(
        long,
        value_name = "NAME",
        default_value = "beaconlab",
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    pub(in super::super) author: String,

    /// Replace data sets that are there already
    #[arg(long)]
    pub(in super::super) force: bool,
}

/// The forms beside that of the data sets themselves.
fn form_names() -> PossibleValuesParser {
    let others = Form::ALL.into_iter().filter(|form| *form != Form::Xml);
    PossibleValuesParser::new(others.map(Form::name))
}
