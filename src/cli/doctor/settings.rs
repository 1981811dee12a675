//! The person's own settings: where they are, what each value is, and who set it.

use super::finding::{Area, Finding};
use crate::config::settings::{Location, NamedBy, PATH_VARIABLE, Settings};
use crate::config::{origins, themes_named};
use crate::model::{CA_VARIABLE, ca_bundle, extra_certificates};
use crate::theme::{ColorLevel, Library};

const AREA: Area = Area::Settings;

/// The settings that a file need not name, with what they are then.
const DEFAULTS: [(&str, &str); 7] = [
    ("theme", "terminal"),
    ("colors", "auto"),
    ("kitty_keyboard", "auto"),
    ("mouse", "true"),
    ("editor", "$VISUAL, else $EDITOR"),
    ("prefix_delay", "250"),
    ("ca_bundle", "none beside the system's certificates"),
];

/// Looks at the settings, and gives back those that hold.
pub(super) fn look(findings: &mut Vec<Finding>) -> Settings {
    let Some(location) = Location::of_user() else {
        let hint = format!("Set HOME, or name a settings file in {PATH_VARIABLE}.");
        findings.push(Finding::fault(AREA, "folder", "there is no home folder to keep settings in", hint));
        return Settings::default();
    };
    let who = match location.named_by {
        NamedBy::Convention => "the system's convention",
        NamedBy::Variable => PATH_VARIABLE,
    };
    let file = location.file.display().to_string();
    match Settings::load(&location) {
        Err(error) => {
            findings.push(Finding::fault(AREA, "file", error.to_string(), error.hint()).origin(who));
            Settings::default()
        }
        Ok(settings) => {
            let text = std::fs::read_to_string(&location.file).unwrap_or_default();
            let there =
                if location.file.is_file() { file.clone() } else { format!("{file} (not there; all defaults)") };
            let set = origins(&text);
            let short = match set.len() {
                0 => "all defaults".to_owned(),
                1 => format!("1 value set in {file}"),
                many => format!("{many} values set in {file}"),
            };
            findings.push(Finding::fine(AREA, "file", there).short(short).origin(who));
            for origin in &set {
                let place = format!("{file}:{}", origin.line);
                findings.push(Finding::fine(AREA, origin.name.clone(), origin.value.clone()).origin(place));
            }
            let named = |name: &str| set.iter().any(|it| it.name == name || it.name.starts_with(&format!("{name}.")));
            themes(&location, &text, findings);
            for (name, value) in DEFAULTS.into_iter().filter(|(name, _)| !named(name)) {
                findings.push(Finding::fine(AREA, name, value).origin("default"));
            }
            if let Some(bundle) = settings.ca_bundle.clone() {
                crate::model::trust_also(bundle);
            }
            certificates(findings);
            settings
        }
    }
}

/// The themes that are named, of which each is read: a fault is said by its line.
fn themes(location: &Location, text: &str, findings: &mut Vec<Finding>) {
    let library = Library::new(Some(location.themes.clone()));
    for (name, line) in themes_named(text) {
        if let Err(error) = library.load(&name, ColorLevel::Truecolor) {
            let place = format!("{}:{line}", location.file.display());
            findings.push(Finding::fault(AREA, "theme", error.to_string(), error.hint()).origin(place));
        }
    }
}

/// The certificates that are trusted beside the system's, if any are named.
fn certificates(findings: &mut Vec<Finding>) {
    let Some((path, named_by)) = ca_bundle() else { return };
    findings.push(match extra_certificates() {
        Ok(certificates) => {
            let what = format!("{} certificates in {} are trusted too", certificates.len(), path.display());
            Finding::fine(AREA, "certificates", what).origin(named_by)
        }
        Err(error) => Finding::fault(AREA, "certificates", error.to_string(), error.hint()).origin(named_by),
    });
    if named_by == CA_VARIABLE {
        findings.push(Finding::note(AREA, CA_VARIABLE, "stands over ca_bundle of the settings"));
    }
}
