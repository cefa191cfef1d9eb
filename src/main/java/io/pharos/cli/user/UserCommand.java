package io.pharos.cli.user;

import io.pharos.access.PasswordHash;
import io.pharos.access.People;
import io.pharos.access.People.Person;
import io.pharos.access.PeopleText;
import io.pharos.access.Role;
import io.pharos.bytes.Durability;
import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.AccessOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.model.Quoted;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `pharos user`: adds, lists, changes and removes the people who may log in.
public record UserCommand(
    Map<String, String> environment, InputStream in, PrintStream out, PrintStream err)
    implements Command {
  private static final Flag ROLE = new Flag("role", "", "add, role: viewer, responder or admin");
  private static final Flag PASSWORD_FILE =
      new Flag(
          "password-file",
          "",
          "add, password: file whose first line is the password, - for standard input; without it,"
              + " the terminal asks");

  public static final CommandManual MANUAL =
      new CommandManual(
          "user",
          "adds, lists, changes and removes the people who may log in",
          "add NAME --role=ROLE | list | role NAME --role=ROLE | password NAME | remove NAME",
          """
          Edits the file of --people.file, which contains only hashes of passwords. A
          running Pharos reads it at its next reload (SIGHUP, or POST /-/reload); people
          who were removed, and people with a new password, must log in again.
          """,
          List.of(AccessOptions.PEOPLE_FILE, ROLE, PASSWORD_FILE),
          List.of("0 done", "1 the file, the name or the password is not accepted"),
          List.of(
              "pharos user add operator --role=admin",
              "pharos user password operator --password-file=- <password",
              "pharos user list"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    Path file = Path.of(flags.get(AccessOptions.PEOPLE_FILE.name()));
    List<String> arguments = flags.arguments();
    String action = arguments.isEmpty() ? "" : arguments.getFirst();
    if (arguments.size() != (action.equals("list") ? 1 : 2)) {
      throw new UsageException(
          "expected add NAME, list, role NAME, password NAME or remove NAME, found " + arguments);
    }
    try {
      var text = new PeopleText(file.toString(), Files.exists(file) ? YamlFile.text(file) : "");
      return switch (action) {
        case "list" -> list(text.parsed());
        case "add" -> add(text, file, name(arguments.get(1)), flags);
        case "role" -> change(text, file, arguments.get(1), flags, role(flags), false);
        case "password" -> change(text, file, arguments.get(1), flags, null, true);
        case "remove" -> remove(text, file, arguments.get(1));
        default -> throw new UsageException("there is no action " + Quoted.of(action));
      };
    } catch (ConfigException e) {
      e.problems().forEach(problem -> err.println("pharos user: " + problem));
      return 1;
    } catch (IOException | IllegalArgumentException e) {
      err.println("pharos user: " + e.getMessage());
      return 1;
    }
  }

  private static String name(String text) {
    try {
      return People.name(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the name "
              + Quoted.of(text)
              + ": expected 1 to 64 visible characters, without spaces around them",
          e);
    }
  }

  private static Role role(Flags flags) {
    try {
      return Role.parse(flags.get(ROLE.name()));
    } catch (IllegalArgumentException _) {
      throw flags.refused(ROLE.name(), "viewer, responder or admin");
    }
  }

  private int list(People people) {
    if (people.people().isEmpty()) {
      err.println("nobody has an account");
    }
    people.people().forEach(person -> out.println(person.name() + "\t" + person.role().text()));
    return 0;
  }

  private int add(PeopleText text, Path file, String name, Flags flags) throws IOException {
    Role role = role(flags);
    if (text.parsed().find(name).isPresent()) {
      throw new IllegalArgumentException(
          Quoted.of(name) + " has an account already: use role or password");
    }
    var person = new Person(name, role, password(flags));
    return write(text.with(person), file, name + " may log in as " + role.text());
  }

  private int change(
      PeopleText text,
      Path file,
      String name,
      Flags flags,
      @Nullable Role role,
      boolean newPassword)
      throws IOException {
    Person person = known(text, name);
    var changed =
        new Person(
            name,
            role == null ? person.role() : role,
            newPassword ? password(flags) : person.password());
    return write(
        text.with(changed),
        file,
        role == null ? name + " has a new password" : name + " is now " + role.text());
  }

  private int remove(PeopleText text, Path file, String name) throws IOException {
    var _ = known(text, name);
    return write(text.without(name), file, name + " has no account any more");
  }

  private static Person known(PeopleText text, String name) {
    return text.parsed()
        .find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "nobody in " + text.file() + " has the name " + Quoted.of(name)));
  }

  private int write(PeopleText text, Path file, String done) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Durability.write(file, text.text(), PosixFilePermissions.fromString("rw-------"));
    out.println(done + " (" + file + "); a running Pharos learns it at its next reload");
    return 0;
  }

  private PasswordHash password(Flags flags) throws IOException {
    Optional<Path> file = flags.path(PASSWORD_FILE.name());
    String password =
        file.isEmpty()
            ? asked()
            : firstLine(
                file.get().toString().equals("-")
                    ? in.readAllBytes()
                    : Files.readAllBytes(file.get()));
    return PasswordHash.of(password, new SecureRandom());
  }

  private static String firstLine(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).lines().findFirst().orElse("");
  }

  private static String asked() {
    Console console =
        Optional.ofNullable(System.console())
            .filter(Console::isTerminal)
            .orElseThrow(
                () ->
                    new UsageException(
                        "there is no terminal to ask for the password: use --password-file=FILE, or"
                            + " - for standard input"));
    String first = new String(read(console, "Password: "));
    if (!first.equals(new String(read(console, "Again: ")))) {
      throw new IllegalArgumentException("the two passwords differ");
    }
    return first;
  }

  private static char[] read(Console console, String prompt) {
    char[] typed = console.readPassword(prompt);
    if (typed == null) {
      throw new IllegalArgumentException("no password was typed");
    }
    return typed;
  }
}
