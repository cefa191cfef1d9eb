package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.access.People.Person;
import io.pharos.config.yaml.ConfigException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The people file: its reader, its editor, its hashes.
class PeopleTest {
  static final String PASSWORD = "correct horse battery";
  static final PasswordHash HASH = PasswordHash.of(PASSWORD, new Random(1));

  static String file(String... namesAndRoles) {
    var text = new StringBuilder("version: 1\npeople:\n");
    for (String each : namesAndRoles) {
      String[] parts = each.split(":");
      text.append(
          "  - {name: '%s', role: %s, password: '%s'}\n"
              .formatted(parts[0], parts[1], HASH.text()));
    }
    return text.toString();
  }

  @Test
  void file_namesPeopleWithRolesAndHashes() {
    People people = People.parse("people.yml", file("ada:admin", "李雷:viewer"));
    assertThat(people.people())
        .containsExactly(new Person("ada", Role.ADMIN, HASH), new Person("李雷", Role.VIEWER, HASH));
    assertThat(people.find("Ada")).isEmpty();
    assertThat(People.parse("people.yml", "version: 1\n").people()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          people: []                                                         | "version" is missing
          {version: 2}                                                       | expected 1, the only version
          {version: 1, peopel: []}                                           | did you mean "people"
          {version: 1, people: [{name: a, role: boss, password: HASH}]}      | viewer, responder or admin
          {version: 1, people: [{name: a, role: admin}]}                     | "password" is missing
          {version: 1, people: [{name: a, role: admin, password: secret}]}   | Argon2id
          {version: 1, people: [{name: '', role: admin, password: HASH}]}    | 1 to 64 visible characters
          {version: 1, people: [{name: ' a', role: admin, password: HASH}]}  | 1 to 64 visible characters
          {version: 1, people: [{name: "a\\u202e", role: admin, password: HASH}]} | 1 to 64 visible characters
          {version: 1, people: [{name: a, role: admin, password: HASH}, {name: a, role: admin, password: HASH}]} | two people have the name "a"
          {version: 1, people: [{name: a, role: admin, password: HASH, x: 1}]} | unknown key "x"
          """)
  void fileThatIsNotOne_isRefusedWithItsPlace(String text, String message) {
    assertThatThrownBy(
            () -> People.parse("people.yml", text.replace("HASH", "'" + HASH.text() + "'")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("people.yml")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4",
        "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4",
        "$argon2id$v=19$m=19456,t=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4",
        "$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4",
        "$argon2d$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$t+IX5zfIb8cks/kXZ0FN2jpFK6eNj0skPzBqI0hl9h4",
        "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
      })
  void hashThatCostsTooLittleOrTooMuch_isRefused(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hash_matchesItsPasswordOnly() {
    assertThat(HASH.matches(PASSWORD)).isTrue();
    assertThat(HASH.matches(PASSWORD + " ")).isFalse();
    assertThat(HASH.matches("")).isFalse();
    assertThat(HASH.matches("x".repeat(100_000))).isFalse();
    assertThat(PasswordHash.parse(HASH.text())).isEqualTo(HASH);
    assertThat(PasswordHash.of(PASSWORD, new Random(2))).as("another salt").isNotEqualTo(HASH);
    assertThat(HASH.toString()).doesNotContain("$");
    assertThat(
            PasswordHash.parse(
                    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                        + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
                .matches("password"))
        .as("made by the reference implementation (argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32)")
        .isTrue();
  }

  @Test
  void passwordThatIsShort_isRefusedWithItsLength() {
    assertThatThrownBy(() -> PasswordHash.of("short", new Random(1)))
        .hasMessage("the password has 5 characters, expected 12 to 200");
  }

  @Test
  void edit_changesOneEntryAndKeepsEverythingElse() {
    var ada = new Person("ada", Role.ADMIN, HASH);
    var text =
        new PeopleText("people.yml", "").with(ada).with(new Person("o'b", Role.VIEWER, HASH));
    assertThat(text.text())
        .startsWith(
            "version: 1\npeople:\n  - name: 'ada'\n    role: admin\n    password: $argon2id")
        .contains("  - name: 'o''b'\n    role: viewer\n");
    var commented =
        new PeopleText(
            "people.yml",
            "# ours\n" + text.text().replace("  - name: 'o", "  # guest\n  - name: 'o"));
    PeopleText promoted = commented.with(new Person("o'b", Role.RESPONDER, HASH));
    assertThat(promoted.text())
        .isEqualTo(commented.text().replace("role: viewer", "role: responder"));
    PeopleText alone = promoted.without("o'b");
    assertThat(alone.parsed().people()).containsExactly(ada);
    assertThat(alone.text()).startsWith("# ours\n");
    PeopleText none = alone.without("ada");
    assertThat(none.parsed().people()).isEmpty();
    assertThat(none.with(ada).parsed().people()).containsExactly(ada);
  }

  @Test
  void edit_ofTextThatStartsEmptyOrWithoutPeople_addsThem() {
    var ada = new Person("ada", Role.ADMIN, HASH);
    for (String text :
        List.of("version: 1\n", "version: 1\npeople: []\n", "version: 1\npeople:\n")) {
      assertThat(new PeopleText("people.yml", text).with(ada).parsed().people())
          .as(text)
          .containsExactly(ada);
    }
  }

  @Test
  void edit_ofOneLine_isRefusedInsteadOfGuessed() {
    String line =
        "{version: 1, people: [{name: a, role: admin, password: '%s'}]}\n".formatted(HASH.text());
    assertThatThrownBy(
            () -> new PeopleText("people.yml", line).with(new Person("b", Role.ADMIN, HASH)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("can't be edited by this command");
  }

  @Test
  void eachScope_isPermittedByAdminAndReadsByAll() {
    for (Scope scope : Scope.values()) {
      assertThat(Role.ADMIN.permits(scope)).isTrue();
      assertThat(Role.permitting(scope)).endsWith("admin");
      assertThat(Role.VIEWER.permits(scope)).as(scope.text()).isEqualTo(!scope.writes());
    }
    assertThat(Role.permitting(Scope.SILENCE_WRITE)).isEqualTo("responder or admin");
    assertThat(Role.permitting(Scope.RELOAD)).isEqualTo("admin");
    for (Scope pipelines : List.of(Scope.GATE_CREATE, Scope.DEPLOYMENT_WRITE, Scope.ROLLOUT_ACT)) {
      assertThat(Role.RESPONDER.permits(pipelines)).as(pipelines.text()).isFalse();
    }
  }
}
