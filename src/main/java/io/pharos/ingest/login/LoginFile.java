package io.pharos.ingest.login;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads `logins.yml` strictly (docs/format/logins.md). Passwords must be in separate files.
///
/// @param folder folder from which relative paths start
public record LoginFile(Path folder) {
  /// The default path.
  public static final String DEFAULT_PATH = "prometheus/logins.yml";

  private static final int MAX_LOGINS = 20;
  private static final int MAX_FIELDS = 20;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,49}");
  private static final Set<String> LOGIN_PLACEHOLDERS = Set.of("$username", "$password");
  private static final Set<String> REFRESH_PLACEHOLDERS = Set.of("$username", "$refresh_token");

  /// Reads the logins of a file. Returns no logins for an empty path, or if there is no file at the
  /// default path.
  ///
  /// @throws ConfigException if the file can't be read or is invalid
  public static LoginSet read(Path file) {
    if (file.toString().isEmpty() || (file.equals(Path.of(DEFAULT_PATH)) && !Files.exists(file))) {
      return LoginSet.NONE;
    }
    Path parent = file.toAbsolutePath().normalize().getParent();
    return YamlFile.read(file, new LoginFile(parent == null ? file : parent)::logins);
  }

  /// Reads the logins of a text.
  ///
  /// @param name name of the text in errors
  /// @param folder folder from which relative paths start
  public static LoginSet parse(String name, String text, Path folder) {
    return new LoginFile(folder.toAbsolutePath()).logins(YamlFile.parse(name, text));
  }

  private LoginSet logins(YamlMap map) {
    var logins = new ArrayList<LoginConfig>();
    var names = new HashSet<String>();
    var files = new HashSet<Path>();
    for (YamlValue item : map.get("logins").map(YamlValue::asList).orElse(List.of())) {
      YamlMap entry = item.asMap();
      LoginConfig login = login(entry);
      entry.finish();
      if (!names.add(login.name())) {
        throw entry
            .require("name")
            .error("expected a unique name, found " + Quoted.of(login.name()) + " twice");
      }
      if (!files.add(login.tokenFile())) {
        throw entry
            .require("token_file")
            .error("expected a different file for each login, found the same file twice");
      }
      logins.add(login);
    }
    map.finish();
    if (logins.size() > MAX_LOGINS) {
      throw map.error("expected at most " + MAX_LOGINS + " logins, found " + logins.size());
    }
    return new LoginSet(logins);
  }

  private LoginConfig login(YamlMap map) {
    String name =
        map.require("name")
            .parse(
                "a name of at most 50 letters, digits, . _ and -",
                text -> {
                  if (!NAME.matcher(text).matches()) {
                    throw new IllegalArgumentException("not a valid name");
                  }
                  return text;
                });
    SecretSource username = new SecretReader(folder).read(map, "username");
    if (!username.isSet()) {
      throw map.missing("username", "expected username or username_file");
    }
    var login =
        new LoginConfig(
            name,
            file(map, "token_file"),
            username,
            new SecretSource.FromFile(file(map, "password_file")),
            map.get("login")
                .map(
                    it ->
                        request(
                            it.asMap(),
                            LOGIN_PLACEHOLDERS,
                            Map.of("username", "$username", "password", "$password")))
                .orElseThrow(() -> map.missing("login", "the key \"login\" is missing")),
            map.get("refresh")
                .map(
                    it ->
                        request(
                            it.asMap(),
                            REFRESH_PLACEHOLDERS,
                            Map.of("refresh_token", "$refresh_token"))),
            answer(map.get("answer").map(YamlValue::asMap)),
            map.get("renew_before").map(_ -> map.duration("renew_before", "1m", "1s", "30d")),
            map.duration("timeout", "10s", "1s", "1m"),
            http(map));
    if (login.password().file().equals(login.tokenFile())) {
      throw map.require("token_file").error("expected a file other than password_file");
    }
    return login;
  }

  private Path file(YamlMap map, String key) {
    YamlValue value = map.require(key);
    if (value.asString().isBlank()) {
      throw value.error("expected a file name");
    }
    return folder.resolve(value.asString()).toAbsolutePath().normalize();
  }

  private static LoginConfig.Request request(
      YamlMap map, Set<String> placeholders, Map<String, String> defaultBody) {
    String url = UrlReader.read(map, "url", "");
    if (url.isEmpty()) {
      throw map.missing("url", "the key \"url\" is missing, expected an address");
    }
    if (url.contains("@") || url.contains("#")) {
      throw map.require("url").error("expected an address without user and fragment");
    }
    boolean form =
        switch (map.string("format", "json")) {
          case "json" -> false;
          case "form" -> true;
          default -> throw map.require("format").error("expected json or form");
        };
    Map<String, String> body = defaultBody;
    Optional<YamlValue> configuredBody = map.get("body");
    if (configuredBody.isPresent()) {
      body = new LinkedHashMap<>();
      YamlMap fields = configuredBody.get().asMap();
      for (String key : fields.keys()) {
        YamlValue value = fields.require(key);
        String text = value.asString();
        if (text.startsWith("$") && !placeholders.contains(text)) {
          throw value.error(
              "expected a text, or one of %s, found %s"
                  .formatted(
                      String.join(", ", placeholders.stream().sorted().toList()), Quoted.of(text)));
        }
        body.put(key, text);
      }
      if (body.size() > MAX_FIELDS) {
        throw configuredBody.get().error("expected at most " + MAX_FIELDS + " fields");
      }
    }
    map.finish();
    return new LoginConfig.Request(URI.create(url), form, body);
  }

  private static LoginConfig.AnswerFormat answer(Optional<YamlMap> configured) {
    YamlMap map = configured.orElseGet(() -> YamlFile.parse("", ""));
    Optional<LoginConfig.AnswerPath> code =
        map.string("code", "code").isEmpty()
            ? Optional.empty()
            : Optional.of(path(map, "code", "code"));
    var format =
        new LoginConfig.AnswerFormat(
            path(map, "access_token", "data.access_token"),
            path(map, "refresh_token", "data.refresh_token"),
            path(map, "expires_in", "data.expires_in"),
            code,
            map.string("code_ok", "0"),
            map.string("code_unauthorized", "401"),
            map.duration("lifetime", "1h", "1m", "365d"));
    map.finish();
    return format;
  }

  private static LoginConfig.AnswerPath path(YamlMap map, String key, String defaultPath) {
    return map.get(key)
        .map(value -> value.parse("keys joined by dots", LoginConfig.AnswerPath::parse))
        .orElseGet(() -> LoginConfig.AnswerPath.parse(defaultPath));
  }

  private HttpOptions http(YamlMap map) {
    HttpOptions options =
        new HttpReader(folder, HttpReader.ALL).read(map, HttpOptions.DEFAULT).withoutRedirects();
    if (!options.secrets().isEmpty()) {
      throw map.require("http_config")
          .error(
              "expected no credentials here, since username and password_file authenticate the request");
    }
    return options;
  }

  /// The logins of a `logins.yml`.
  public record LoginSet(List<LoginConfig> all) {
    /// No logins, used if there is no file.
    public static final LoginSet NONE = new LoginSet(List.of());

    public LoginSet {
      all = List.copyOf(all);
    }

    /// Returns the number of logins.
    public int size() {
      return all.size();
    }
  }
}
