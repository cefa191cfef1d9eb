package io.pharos.migration.lint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MigrationLintTest {
  @TempDir Path folder;

  record Case(String shows, List<String> expected, String sql) {
    @Override
    public String toString() {
      return shows;
    }
  }

  static List<Case> cases() throws IOException {
    var cases = new ArrayList<Case>();
    String text = Files.readString(Path.of("src/test/resources/migration/statements.txt"));
    for (String block : text.split("(?m)^=== ")) {
      if (block.startsWith("#")) {
        continue;
      }
      int end = block.indexOf('\n');
      String head = block.substring(0, end);
      String rules = head.substring(head.lastIndexOf(": ") + 2);
      cases.add(
          new Case(
              head.substring(0, head.lastIndexOf(": ")),
              rules.equals("-") ? List.of() : List.of(rules.split(" ")),
              block.substring(end + 1)));
    }
    return cases;
  }

  private MigrationFile file(String name, String sql) throws IOException {
    return MigrationFile.read(Files.writeString(folder.resolve(name), sql));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void expand_statements_areJudged(Case it) throws IOException {
    var found =
        MigrationLint.check(file("V1__expand_case.sql", it.sql())).stream()
            .map(remark -> remark.rule().id() + "@" + remark.line())
            .toList();
    assertThat(found).containsExactlyInAnyOrderElementsOf(it.expected());
  }

  @Test
  void cases_areManyAndShowEveryRule() throws IOException {
    var shown = new HashSet<String>();
    cases().forEach(it -> it.expected().forEach(rule -> shown.add(rule.replaceAll("@.*", ""))));
    assertThat(cases()).hasSizeGreaterThan(80);
    assertThat(shown).containsExactlyInAnyOrderElementsOf(MigrationRule.ids());
  }

  @Test
  void refusal_saysWhereWhatAndHowInTwoReleases() throws IOException {
    var file = file("V1__expand_x.sql", "-- first\n\nALTER TABLE users DROP COLUMN mail;\n");
    assertThat(MigrationLint.problems(List.of(file)))
        .singleElement()
        .asString()
        .isEqualTo(
            folder
                + "/V1__expand_x.sql:3: ALTER TABLE users DROP COLUMN mail [drop-column]: the"
                + " previous release still reads or writes it: stop using it in this release, drop it"
                + " in a contract file that is safe from this release");
  }

  @Test
  void contract_takesAway_whatExpandMayNot() throws IOException {
    String sql = "-- pharos: safe-from 1.4.0\nALTER TABLE users DROP COLUMN mail;\n";
    assertThat(MigrationLint.check(file("V2__contract_x.sql", sql))).isEmpty();
    assertThat(MigrationLint.problems(List.of(file("V2__contract_y.sql", sql + "COMMIT;\n"))))
        .singleElement()
        .asString()
        .contains("V2__contract_y.sql:3: COMMIT [transaction]");
  }

  @Test
  void allow_withoutWhatItIsNeededFor_isRefused() throws IOException {
    String allowed =
        "SELECT 1;\n-- pharos: allow drop-column nobody reads it\nALTER TABLE t DROP COLUMN c;\n";
    assertThat(MigrationLint.problems(List.of(file("V1__expand_a.sql", allowed))))
        .singleElement()
        .asString()
        .contains("V1__expand_a.sql:2: allow: drop-column may break the previous release");
    assertThat(
            MigrationLint.problems(
                List.of(
                    file(
                        "V1__expand_b.sql",
                        "SELECT 1;\n-- pharos: allow rename because\nSELECT 2;\n"))))
        .singleElement()
        .asString()
        .contains("V1__expand_b.sql:2: allow: the statement below does not violate rename");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          V1__add_x.sql          | SELECT 1;                                  | expected a name such as V<number>__expand_
          v1__expand_x.sql       | SELECT 1;                                  | expected a name such as V<number>__expand_
          V1_2__expand_x.sql     | SELECT 1;                                  | expected a name such as V<number>__expand_
          V1__expand_x.sql       | -- nothing                                 | expected a statement, found none
          V1__expand_x.sql       | SELECT 'open                               | :1: the string has no end
          V1__expand_x.sql       | SELECT $a$ open $b$                        | :1: the string that begins with $a$ has no end
          V1__expand_x.sql       | SELECT 1 /* open /* */                     | :1: the comment /* has no end
          V1__expand_x.sql       | SELECT "open                               | :1: the name that begins with " has no end
          V1__contract_x.sql     | DROP TABLE x;                              | :1: expected a line "-- pharos: safe-from VERSION"
          V1__expand_x.sql       | -- pharos: no-transactoin~SELECT 1;        | :1: unknown "pharos: no-transactoin": did you mean no-transaction?
          V1__expand_x.sql       | -- pharos: no-transaction~SELECT 1;SELECT 2; | :2: no-transaction: expected one statement
          V1__expand_x.sql       | -- pharos: lock-timeout never~SELECT 1;    | :1: lock-timeout: expected a duration
          V1__expand_x.sql       | SELECT 1;~-- pharos: safe-from 1.0~SELECT 2; | :2: "pharos: safe-from" is not before the first statement
          V1__expand_x.sql       | -- pharos: allow drop~DROP TABLE x;        | :1: allow: expected a reason after drop
          V1__expand_x.sql       | -- pharos: allow transaction it must~COMMIT; | :1: allow: transaction cannot be allowed
          """)
  void file_thatCantBe_isRefusedWithItsPlace(String name, String sql, String message) {
    assertThatThrownBy(() -> file(name, sql.replace("~", "\n")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void files_areInTheOrderOfNumbers_andEachNumberIsOnce() throws IOException {
    for (String name : List.of("V10__expand_c.sql", "V2.1__expand_b.sql", "V2__expand_a.sql")) {
      Files.writeString(folder.resolve(name), "SELECT 1;");
    }
    assertThat(MigrationFile.readAll(paths()).stream().map(MigrationFile::version))
        .containsExactly("2", "2.1", "10");
    Files.writeString(folder.resolve("V02__expand_again.sql"), "SELECT 1;");
    assertThatThrownBy(() -> MigrationFile.readAll(paths()))
        .hasMessageContaining("expected a unique version, ");
  }

  private List<Path> paths() throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.sorted().toList();
    }
  }

  @Test
  void checksum_changesWithTheText_notWithTheKindOfLineFeed() throws IOException {
    int plain = file("V1__expand_x.sql", "SELECT 1;\nSELECT 2;\n").checksum();
    assertThat(file("V1__expand_x.sql", "SELECT 1;\r\nSELECT 2;\r\n").checksum()).isEqualTo(plain);
    assertThat(file("V1__expand_x.sql", "SELECT 1;\nSELECT 3;\n").checksum()).isNotEqualTo(plain);
  }

  @Test
  void file_ofMegabytes_isReadInAMoment_andALargerOneRefused() throws IOException {
    String row = "INSERT INTO t VALUES ('it''s', $$x$$, /* c */ \"n\");\n";
    var file = file("V1__expand_x.sql", row.repeat((4 << 20) / row.length()));
    assertThat(MigrationLint.check(file)).isEmpty();
    assertThatThrownBy(() -> file("V1__expand_x.sql", "-- " + "x".repeat(5 << 20)))
        .hasMessageContaining("expected at most 4194304 bytes");
  }
}
