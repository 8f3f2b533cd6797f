//! Series and events of both formats, read as the checker declares them.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::{Options, Session};

const SERIES: &str = "
data Doses(subject) = csv \"doses.csv\" by \"id\"
  weight : subject => Float
  level  : subject => Series(Float?) from \"level\" at \"time\"
  given  : subject => Events from \"time\"
  place  : subject => Series(2 => Float) from [\"x\", \"y\"] at \"time\"

data Alone = csv \"doses.csv\"
  level : Series(Float?) at \"row\"
";

const DOSES: &str = "id,row,time,level,weight,x,y
b,1,0,1.5,70,1,2
a,2,0.5,,80,3,4
b,3,2,2.5,70,5,6
a,4,0.5,4,80,7,8
b,5,3,NA,70,9,10
";

/// A folder that goes when the test is done.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sdec-columns-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn rows(offsets: &[usize], times: &[f64]) -> Rows {
    Rows { offsets: offsets.to_vec(), times: times.to_vec() }
}

#[test]
fn rows_of_a_group_are_a_series() {
    let scratch = Scratch::new("groups");
    fs::write(scratch.0.join("doses.csv"), DOSES).expect("a file is written");
    let file = scratch.0.join("doses.sde");
    fs::write(&file, SERIES).expect("a file is written");
    let session = Session::open(&file, &Options::default()).expect("the program reads");
    let program = session.checked().expect("the program checks");
    let columns = Columns::new(program, &session.folder, &session.sources);
    let read = |data: usize, column: usize| {
        let found = columns.contents(hir::DataId::new(data), column).expect("the column reads");
        Contents::clone(&found)
    };
    assert_eq!(read(0, 0).leaves, [HostArray::Float(vec![70.0, 80.0])]);
    let level = read(0, 1);
    assert_eq!(level.series, Some(rows(&[0, 3, 5], &[0.0, 2.0, 3.0, 0.5, 0.5])));
    let tags = HostArray::Int(vec![0, 0, 1, 1, 0]);
    assert_eq!(level.leaves, [tags, HostArray::Float(vec![1.5, 2.5, 0.0, 0.0, 4.0])]);
    let given = read(0, 2);
    assert_eq!(given.series, level.series);
    assert!(given.leaves.is_empty());
    let place = HostArray::Float(vec![1.0, 2.0, 5.0, 6.0, 9.0, 10.0, 3.0, 4.0, 7.0, 8.0]);
    assert_eq!(read(0, 3).leaves, [place]);
    assert_eq!(read(1, 0).series, Some(rows(&[0, 5], &[1.0, 2.0, 3.0, 4.0, 5.0])));
}

#[test]
fn rows_of_an_archive_end_with_nan() {
    let values = vec![0.5, 1.0, f64::NAN, 2.0, f64::NAN, f64::NAN, 1.0, 2.0, 3.0];
    let array = sdec_data::Array { shape: vec![3, 3], values };
    let expected = rows(&[0, 2, 3, 6], &[0.5, 1.0, 2.0, 1.0, 2.0, 3.0]);
    assert_eq!(read::padded(&array), expected);
}
