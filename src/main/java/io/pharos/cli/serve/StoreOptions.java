package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import io.pharos.state.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The settings of Pharos' own store.
///
/// @param kind the store, with an empty password
/// @param passwordFile the file with the password, which is read when the store is opened; empty
///   for no password
public record StoreOptions(StoreConfig kind, Optional<Path> passwordFile) {
  static final Flag STORE =
      new Flag(
          "store",
          "",
          "embedded (below --storage.path) or postgresql (at --jdbc.url); empty: postgresql if"
              + " --jdbc.url is set, else embedded");
  static final Flag URL =
      new Flag("jdbc.url", "", "the PostgreSQL, such as jdbc:postgresql://db.example.org/pharos");
  static final Flag USER = new Flag("jdbc.user", "pharos", "user of the PostgreSQL");
  static final Flag PASSWORD =
      new Flag("jdbc.password-file", "", "file with that user's password; empty: none");

  static final List<Flag> FLAGS = List.of(STORE, URL, USER, PASSWORD);

  static StoreOptions of(Flags flags, Path storagePath) {
    Path folder = storagePath.resolve("store");
    String url = flags.get(URL.name());
    if (url.startsWith("jdbc:h2:")) {
      throw new UsageException(h2Refused(url, folder));
    }
    if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
      throw new UsageException(
          "--jdbc.url: expected jdbc:postgresql:…, found " + Quoted.of(withoutParameters(url)));
    }
    boolean embedded =
        switch (flags.get(STORE.name())) {
          case "embedded" -> true;
          case "postgresql" -> false;
          case "" -> url.isEmpty();
          default -> throw flags.refused(STORE.name(), "embedded or postgresql");
        };
    if (!embedded && url.isEmpty()) {
      throw new UsageException("--store=postgresql needs --jdbc.url, the address of the server");
    }
    if (!embedded) {
      return new StoreOptions(
          new StoreConfig.Postgresql(url, flags.get(USER.name()), ""), flags.path(PASSWORD.name()));
    }
    for (Flag flag : List.of(URL, USER, PASSWORD)) {
      if (!flags.get(flag.name()).equals(flag.defaultValue())) {
        throw new UsageException(
            "--" + flag.name() + " is set, but the store is embedded: set --store=postgresql");
      }
    }
    return new StoreOptions(new StoreConfig.Embedded(folder), Optional.empty());
  }

  private static String h2Refused(String url, Path folder) {
    String found = withoutParameters(url);
    String databasePath = found.replaceFirst("jdbc:h2:(file:)?", "").replaceFirst("^~", "<home>");
    return ("--jdbc.url: expected jdbc:postgresql:…, found %s. --store=embedded selects the embedded"
            + " store, which is in %s: to keep its deployments and gates, move %s.mv.db there as"
            + " pharos.mv.db, with pharos.writes and the folder notifier if they exist")
        .formatted(Quoted.of(found), folder, databasePath);
  }

  private static String withoutParameters(String url) {
    return url.replaceAll("[?;].*", "");
  }

  /// Returns the store with its password.
  ///
  /// @throws ConfigException when the password file is unreadable
  public StoreConfig config() {
    return switch (kind) {
      case StoreConfig.Embedded embedded -> embedded;
      case StoreConfig.Postgresql(String url, String user, String emptyPassword) ->
          new StoreConfig.Postgresql(
              url, user, passwordFile.map(StoreOptions::read).orElse(emptyPassword));
    };
  }

  private static String read(Path file) {
    try {
      return SecretSource.fromFile(file).read().orElseThrow();
    } catch (IOException e) {
      throw new ConfigException(
          file.toString(),
          0,
          0,
          "can't be read: " + PlainReason.of(e.getCause() == null ? e : e.getCause()));
    }
  }
}
