//! The disk of the power-cut scenarios itself: what was not synced must be gone, or those scenarios prove nothing.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::clients::PYTHON;
use tests::lab::shims::PowerCut;
use tests::lab::run::succeed;

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

pub fn play(dir: &Path) -> Result<()> {
    let watched = dir.join("watched");
    std::fs::create_dir_all(watched.join("data"))?;
    let power = PowerCut::build(dir, &watched)?;
    let wrapper = power.wrapper();
    let mut command = Command::new("env");
    succeed(command.args(wrapper.iter().skip(1)).args([PYTHON, "-c", WRITER]).arg(watched.join("data")))?;
    power.cut(&["data"])?;
    let left = |name: &str| std::fs::read_to_string(watched.join("data").join(name)).ok();
    ensure!(left("synced").as_deref() == Some("one"));
    ensure!(left("unsynced").is_none(), "an unsynced file is still there");
    ensure!(left("half").as_deref() == Some("first"), "half is {:?}", left("half"));
    ensure!(left("moved").is_none() && left("moved.tmp").as_deref() == Some("moved"), "an unsynced rename held");
    ensure!(left("kept/file").as_deref() == Some("kept") && left("kept/removed").is_none());
    Ok(())
}
