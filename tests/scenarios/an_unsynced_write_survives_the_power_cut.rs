//! The disk of the power-cut scenarios itself: what was not synced must be gone, or those scenarios prove nothing.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::clients::PYTHON;
use tests::lab::run::succeed;
use tests::lab::shims::PowerCut;

const WRITER: &str = r"
import os, sys
os.chdir(sys.argv[1])
def put(name, text, sync):
    fd = os.open(name, os.O_CREAT | os.O_WRONLY)
    os.write(fd, text)
    if sync:
        os.fsync(fd)
    return fd
put('synced', b'one', True)
put('unsynced', b'lost', False)
half = put('half', b'first', True)
os.write(half, b' second')
put('moved.tmp', b'moved', True); os.rename('moved.tmp', 'moved')
os.makedirs('kept'); put('kept/file.tmp', b'kept', True); os.rename('kept/file.tmp', 'kept/file')
put('kept/removed', b'x', True); os.unlink('kept/removed')
os.fsync(os.open('kept', os.O_RDONLY))
";

/// A sync fails; one page is written again, the other one is not; then a sync succeeds.
const UNLUCKY: &str = r"
import errno, os, sys
os.chdir(sys.argv[1])
old, new = b'o' * 4096, b'n' * 4096
fd = os.open('pages', os.O_CREAT | os.O_WRONLY)
os.write(fd, old * 3); os.fsync(fd)
open(sys.argv[2], 'w').close()
os.pwrite(fd, new * 2, 0)
try:
    os.fsync(fd); sys.exit('the sync did not fail')
except OSError as error:
    assert error.errno == errno.EIO, error
os.unlink(sys.argv[2])
os.pwrite(fd, new, 4096); os.pwrite(fd, new, 8192); os.fsync(fd)
";

pub fn play(dir: &Path) -> Result<()> {
    let watched = dir.join("watched");
    std::fs::create_dir_all(watched.join("data"))?;
    let power = PowerCut::build(dir, &watched)?;
    let wrapper = power.wrapper();
    let play = |what: &str| {
        let mut command = Command::new("env");
        command.args(wrapper.iter().skip(1)).args([PYTHON, "-c", what]).arg(watched.join("data"));
        succeed(command.arg(power.failing()))
    };
    play(WRITER)?;
    play(UNLUCKY)?;
    power.cut(&["data"])?;
    let left = |name: &str| std::fs::read_to_string(watched.join("data").join(name)).ok();
    ensure!(left("synced").as_deref() == Some("one"));
    ensure!(left("unsynced").is_none(), "an unsynced file is still there");
    ensure!(left("half").as_deref() == Some("first"), "half is {:?}", left("half"));
    ensure!(left("moved").is_none() && left("moved.tmp").as_deref() == Some("moved"), "an unsynced rename held");
    let pages = left("pages").unwrap_or_default();
    let firsts: String = pages.as_bytes().iter().step_by(4096).map(|octet| char::from(*octet)).collect();
    ensure!(firsts == "onn", "a page that a failed sync lost came with the next one: {firsts}");
    ensure!(left("kept/file").as_deref() == Some("kept") && left("kept/removed").is_none());
    Ok(())
}
