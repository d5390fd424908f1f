//! `tidegate store`.

use throwaway_postgres::shared;

use crate::tidegate;

#[test]
fn what_divides_the_tables_is_printed_for_psql_and_nothing_else() {
    let output = tidegate().args(["store", "distribute", "--engine", "citus"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let script = String::from_utf8(output.stdout).unwrap();
    for line in script.lines() {
        let is_sql = line.ends_with(';')
            && ["CREATE", "BEGIN", "SET", "SELECT", "COMMIT"].iter().any(|word| line.starts_with(word));
        assert!(is_sql || line.starts_with("-- "), "{line}");
    }
    assert!(
        script.contains("SELECT create_distributed_table('refunds', 'mchid', colocate_with => 'ownership');"),
        "{script}"
    );
}

#[test]
fn a_store_is_made_or_brought_up_to_date_without_being_served() {
    for configuration in ["", &format!("store = \"{}\"\n", shared().database().unwrap())] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tidegate.toml"), configuration).unwrap();
        let migrate = || {
            let output = tidegate().args(["store", "migrate"]).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(migrate().starts_with("The store was made, "));
        assert!(migrate().starts_with("The store is as tidegate "));
    }
}

#[test]
fn without_a_configuration_it_is_said_which_file_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = tidegate().args(["store", "migrate"]).current_dir(folder.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && error.contains("tidegate.toml"), "{error}");
}
