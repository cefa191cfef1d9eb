package io.pharos.cli.user;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.access.People;
import io.pharos.access.Role;
import io.pharos.cli.command.UsageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserCommandTest {
  private static final String PASSWORD = "correct horse battery";

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Path file() {
    return folder.resolve("access/people.yml");
  }

  private int run(String typed, String... words) {
    out.reset();
    err.reset();
    var all = new ArrayList<>(List.of(words));
    all.add("--people.file=" + file());
    return new UserCommand(
            Map.of(),
            new ByteArrayInputStream(typed.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8))
        .run(all);
  }

  private People people() {
    return People.read(file());
  }

  @Test
  void person_isAddedListedChangedAndRemoved() throws IOException {
    assertThat(run(PASSWORD + "\n", "add", "ada", "--role=admin", "--password-file=-")).isZero();
    assertThat(out.toString(UTF_8)).contains("ada may log in as admin").contains("next reload");
    assertThat(Files.readString(file())).contains("$argon2id$").doesNotContain(PASSWORD);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    Path password = Files.writeString(folder.resolve("password"), "another long password\nx");
    assertThat(run("", "add", "李雷", "--role=viewer", "--password-file=" + password)).isZero();
    assertThat(run("", "list")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("ada\tadmin\n李雷\tviewer\n");
    People before = people();
    assertThat(run("", "role", "李雷", "--role=responder")).isZero();
    People.Person promoted = people().find("李雷").orElseThrow();
    assertThat(promoted.role()).isEqualTo(Role.RESPONDER);
    assertThat(promoted.password()).isEqualTo(before.find("李雷").orElseThrow().password());
    assertThat(run("a third long password", "password", "ada", "--password-file=-")).isZero();
    People.Person changed = people().find("ada").orElseThrow();
    assertThat(changed.role()).isEqualTo(Role.ADMIN);
    assertThat(changed.password()).isNotEqualTo(before.find("ada").orElseThrow().password());
    assertThat(run("", "remove", "ada")).isZero();
    assertThat(people().people()).containsExactly(promoted);
  }

  @Test
  void mistakes_changeNothingAndSayWhatWasExpected() {
    assertThat(run("short", "add", "ada", "--role=admin", "--password-file=-")).isOne();
    assertThat(err.toString(UTF_8)).contains("has 5 characters, expected 12 to 200");
    assertThat(file()).doesNotExist();
    assertThat(run(PASSWORD, "add", " ada", "--role=admin", "--password-file=-")).isOne();
    assertThat(err.toString(UTF_8)).contains("the name \" ada\": expected 1 to 64");
    assertThat(run(PASSWORD, "add", "ada", "--role=admin", "--password-file=-")).isZero();
    assertThat(run(PASSWORD, "add", "ada", "--role=viewer", "--password-file=-")).isOne();
    assertThat(err.toString(UTF_8)).contains("\"ada\" has an account already");
    assertThat(run("", "remove", "eve")).isOne();
    assertThat(err.toString(UTF_8)).contains("has the name \"eve\"");
    assertThat(run("", "role", "ada", "--password-file=/none", "--role=viewer")).isZero();
    assertThat(run("", "password", "ada", "--password-file=" + folder.resolve("none"))).isOne();
    assertThat(people().find("ada").orElseThrow().role()).isEqualTo(Role.VIEWER);
    assertThatThrownBy(() -> run("", "add", "bob", "--role=boss"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--role: expected viewer, responder or admin, found \"boss\"");
    assertThatThrownBy(() -> run("", "add", "bob", "--role=admin"))
        .as("a test has no terminal")
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--password-file=FILE");
    assertThatThrownBy(() -> run("", "add")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> run("", "drop", "ada"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no action \"drop\"");
  }

  @Test
  void list_ofNoFile_saysSo() {
    assertThat(run("", "list")).isZero();
    assertThat(err.toString(UTF_8)).isEqualTo("nobody has an account\n");
  }
}
