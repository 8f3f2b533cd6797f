//! `sdec cache [clear]`: the objects that were compiled before.

use std::path::Path;

use sdec_driver::{Cache, CacheSize};

use crate::args::{CacheAction, CacheArgs};
use crate::exit::Exit;
use crate::output;

/// Says what there is, or what was removed.
pub(crate) fn run(args: &CacheArgs) -> Result<(), Exit> {
    let Some(folder) = Cache::folder() else {
        return output::print("nothing is kept: SDEC_CACHE_DIR is empty, or no folder is known\n");
    };
    let cache = Cache::new(folder.clone());
    let failed = |error: std::io::Error| Exit::Failed(format!("{}: {error}", folder.display()));
    let text = match args.action {
        None => format!("{}\n", line("", cache.size().map_err(failed)?, "in", &folder)),
        Some(CacheAction::Clear) => {
            format!("{}\n", line("removed ", cache.clear().map_err(failed)?, "from", &folder))
        }
    };
    output::print(&text)
}

/// `removed 3 objects, 1.2 MiB, from FOLDER`
fn line(before: &str, size: CacheSize, place: &str, folder: &Path) -> String {
    let CacheSize { entries, bytes } = size;
    let objects = if entries == 1 { "object" } else { "objects" };
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    format!("{before}{entries} {objects}, {mebibytes:.1} MiB, {place} {}", folder.display())
}
