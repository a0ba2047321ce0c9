"""Both shapes of the tables answer alike, at whatever size; how quickly is nobody's business here."""

from bench import partitions


def test_every_statement_is_asked_of_both_shapes(capsys):
    partitions.main(["--attendances", "4000", "--entries", "500"])

    lines = capsys.readouterr().out.splitlines()
    works = (*partitions.QUERIES, *partitions.WRITES, *partitions.RETENTION)
    assert [line.split(" | ")[0] for line in lines if line.startswith(("| attendance", "| audit"))] == [
        f"| {work}" for work in works
    ]
