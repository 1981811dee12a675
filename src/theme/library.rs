//! All themes: those built in and those in the user's folder, where a file of the same name takes the built-in one's place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{ThemeError, ThemeFile};
use super::level::ColorLevel;
use super::styles::Theme;

/// The themes in the program: name and text.
pub const BUILT_IN: [(&str, &str); 8] = [
    ("terminal", include_str!("../../themes/terminal.toml")),
    ("catppuccin-mocha", include_str!("../../themes/catppuccin-mocha.toml")),
    ("catppuccin-latte", include_str!("../../themes/catppuccin-latte.toml")),
    ("gruvbox-dark", include_str!("../../themes/gruvbox-dark.toml")),
    ("tokyo-night", include_str!("../../themes/tokyo-night.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("high-contrast-dark", include_str!("../../themes/high-contrast-dark.toml")),
    ("high-contrast-light", include_str!("../../themes/high-contrast-light.toml")),
];

/// Where themes come from. Reads the files anew at each call, so that loading again is reloading.
#[derive(Debug, Clone, Default)]
pub struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    /// The built-in themes and the `*.toml` files of `folder`, which need not exist.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The user's folder, for watching.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The names to choose from: the built-in ones in their order, then the user's by alphabet.
    pub fn names(&self) -> Result<Vec<String>, ThemeError> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        let Some(folder) = &self.folder else { return Ok(names) };
        let unreadable = |source| ThemeError::Unreadable { path: folder.clone(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(unreadable(error)),
        };
        let mut own = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml")
                && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
                && !names.iter().any(|known| known == name)
            {
                own.push(name.to_owned());
            }
        }
        own.sort();
        names.extend(own);
        Ok(names)
    }

    /// The theme called `name`, brought down to `level`.
    pub fn load(&self, name: &str, level: ColorLevel) -> Result<Theme, ThemeError> {
        Theme::build(name, &self.merged(name)?, level)
    }

    /// The default theme, `terminal`; from the program itself, whatever the user's folder holds.
    pub fn default_theme(level: ColorLevel) -> Theme {
        Self::default().load("terminal", level).unwrap_or_else(|_| Theme::plain())
    }

    /// The file called `name` over all that it inherits.
    pub(super) fn merged(&self, name: &str) -> Result<ThemeFile, ThemeError> {
        let mut seen = vec![name.to_owned()];
        let mut file = self.read(name)?;
        while let Some(parent) = file.inherits.take() {
            // A user's file may carry the name of a built-in theme and build on it.
            let parent_file = if seen.contains(&parent) {
                match BUILT_IN.iter().find(|(known, _)| *known == parent) {
                    Some((_, text)) if seen.iter().filter(|name| **name == parent).count() == 1 => {
                        ThemeFile::parse(text, &built_in_path(&parent))?
                    }
                    _ => return Err(ThemeError::Circle { name: parent }),
                }
            } else {
                self.read(&parent)?
            };
            seen.push(parent);
            file = file.over(parent_file);
        }
        Ok(file)
    }

    fn read(&self, name: &str) -> Result<ThemeFile, ThemeError> {
        // A name is a name, not a way out of the folder.
        let is_name = !name.is_empty() && !name.contains(['/', '\\', '.']);
        if let Some(folder) = self.folder.as_ref().filter(|_| is_name) {
            let path = folder.join(format!("{name}.toml"));
            match fs::read_to_string(&path) {
                Ok(text) => return ThemeFile::parse(&text, &path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ThemeError::Unreadable { path, source }),
            }
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => ThemeFile::parse(text, &built_in_path(name)),
            None => Err(ThemeError::UnknownTheme { name: name.into(), known: self.names()? }),
        }
    }
}

/// The path a built-in theme has in the source, for messages.
fn built_in_path(name: &str) -> PathBuf {
    Path::new("themes").join(format!("{name}.toml"))
}

#[cfg(test)]
mod tests {
    use super::super::role::Role;
    use super::*;
    use ratatui::style::Color;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let library = Library::new(Some(folder.path().to_owned()));
        (folder, library)
    }

    /// The message with the temporary folder cut away.
    fn fault(library: &Library, name: &str) -> String {
        let error = library.load(name, ColorLevel::Truecolor).unwrap_err();
        let folder = format!("{}/", library.folder().unwrap().display());
        format!("{} | {}", error.to_string().replace(&folder, ""), error.hint())
    }

    #[test]
    fn every_built_in_theme_loads_and_is_named_as_its_file() {
        for (name, _) in BUILT_IN {
            let theme = Library::default().load(name, ColorLevel::Truecolor).unwrap();
            assert_eq!(theme.id(), name);
        }
        assert_eq!(Library::default_theme(ColorLevel::Ansi16).id(), "terminal");
    }

    #[test]
    fn the_default_theme_lists_every_role() {
        let file = Library::default().merged("terminal").unwrap();
        let missing: Vec<&str> =
            Role::ALL.iter().filter(|role| !file.roles.contains_key(role)).map(|r| r.id()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn a_user_theme_inherits_palette_and_roles_and_is_read_again_each_time() {
        let mine = "name = \"Mine\"\nvariant = \"dark\"\ninherits = \"nord\"\n[palette]\nred = \"#ff0000\"\n[roles]\nmuted = \"red\"\n";
        let (folder, library) = folder(&[("mine", mine)]);
        assert_eq!(library.names().unwrap().last().unwrap(), "mine");
        let theme = library.load("mine", ColorLevel::Truecolor).unwrap();
        assert_eq!(theme.title(), "Mine");
        let nord = library.load("nord", ColorLevel::Truecolor).unwrap();
        assert_eq!(theme.style(Role::Ground), nord.style(Role::Ground));
        // Palette entries reach into inherited roles; a fallback follows the role that was changed.
        assert_eq!(theme.style(Role::Error).fg, Some(Color::Rgb(255, 0, 0)));
        assert_eq!(theme.style(Role::Label).fg, Some(Color::Rgb(255, 0, 0)));
        fs::write(folder.path().join("mine.toml"), mine.replace("#ff0000", "#00ff00")).unwrap();
        let again = library.load("mine", ColorLevel::Truecolor).unwrap();
        assert_eq!(again.style(Role::Error).fg, Some(Color::Rgb(0, 255, 0)));
    }

    #[test]
    fn a_user_file_takes_the_place_of_a_built_in_theme_and_may_build_on_it() {
        let (_folder, library) = folder(&[(
            "nord",
            "name = \"My Nord\"\nvariant = \"dark\"\ninherits = \"nord\"\n[roles]\nkey = \"red\"\n",
        )]);
        let theme = library.load("nord", ColorLevel::Truecolor).unwrap();
        assert_eq!(theme.title(), "My Nord");
        assert_eq!(
            theme.style(Role::Ground),
            Library::default().load("nord", ColorLevel::Truecolor).unwrap().style(Role::Ground)
        );
        assert_eq!(library.names().unwrap().iter().filter(|name| *name == "nord").count(), 1);
    }

    #[test]
    fn faults_name_file_line_and_what_would_do() {
        let head = "name = \"X\"\nvariant = \"dark\"\n";
        let (_folder, library) = folder(&[
            ("key", "name = \"X\"\nvariant = \"dark\"\ncolour = 1\n"),
            ("variant", "name = \"X\"\nvariant = \"dusk\"\n"),
            ("color", &format!("{head}[roles]\ntext = \"mauve\"\n")),
            ("palette", &format!("{head}[palette]\nmauve = \"#12\"\n")),
            ("role", &format!("{head}[roles]\ntextt = \"red\"\n")),
            ("modifier", &format!("{head}[roles]\ntext = {{ modifiers = [\"blinking\"] }}\n")),
            ("left", &format!("inherits = \"right\"\n{head}")),
            ("right", &format!("inherits = \"left\"\n{head}")),
            ("orphan", &format!("inherits = \"nobody\"\n{head}")),
        ]);
        let told: Vec<String> = ["key", "variant", "color", "palette", "role", "modifier", "left", "orphan", "../key"]
            .iter()
            .map(|name| fault(&library, name))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r##"
        key.toml:3: unknown field `colour`, expected one of `name`, `variant`, `inherits`, `palette`, `roles` | a theme has name, variant, inherits, [palette] and [roles]; the shipped themes/ folder shows how
        variant.toml:2: unknown variant `dusk`, expected one of `dark`, `light`, `any` | a theme has name, variant, inherits, [palette] and [roles]; the shipped themes/ folder shows how
        color.toml:4: `mauve` is no colour and not in the palette | write "#rrggbb", a name of the terminal's sixteen such as "bright-red", "default", or a [palette] entry
        palette.toml:4: `#12` is no colour and not in the palette | write "#rrggbb", a name of the terminal's sixteen such as "bright-red", "default", or a [palette] entry
        role.toml:4: there is no role `textt` | themes/terminal.toml lists every role
        modifier.toml:4: expected a colour or { fg, bg, underline, modifiers } | a theme has name, variant, inherits, [palette] and [roles]; the shipped themes/ folder shows how
        theme `left` inherits from itself | remove one `inherits` line of the circle
        there is no theme `nobody` | there are terminal, catppuccin-mocha, catppuccin-latte, gruvbox-dark, tokyo-night, nord, high-contrast-dark, high-contrast-light, color, key, left, modifier, orphan, palette, right, role, variant
        there is no theme `../key` | there are terminal, catppuccin-mocha, catppuccin-latte, gruvbox-dark, tokyo-night, nord, high-contrast-dark, high-contrast-light, color, key, left, modifier, orphan, palette, right, role, variant
        "##);
    }
}
