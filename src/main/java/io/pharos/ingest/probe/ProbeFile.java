package io.pharos.ingest.probe;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads `probes/*.yml`, strictly (docs/format/probes.md).
public final class ProbeFile {
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_CONFIRM = 5;
  private static final int MAX_BODY = 1 << 20;
  private static final Set<String> OWN_LABELS = Set.of("job", "instance", "probe", "phase");
  private static final Set<String> OWN_HEADERS =
      Set.of("authorization", "host", "content-length", "transfer-encoding", "connection");

  private final Path directory;

  private ProbeFile(Path directory) {
    this.directory = directory;
  }

  /// The probes of several files.
  ///
  /// @throws ConfigException with every problem found; names must be unique over all files
  public static List<ProbeConfig> readAll(List<Path> files) {
    var probes = new ArrayList<ProbeConfig>();
    var problems = new ArrayList<ConfigException.Problem>();
    var places = new HashMap<String, String>();
    for (Path file : files) {
      try {
        probes.addAll(read(file));
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    for (ProbeConfig probe : probes) {
      String other = places.putIfAbsent(probe.name(), probe.file() + ":" + probe.line());
      if (other != null) {
        problems.add(
            new ConfigException.Problem(
                probe.file(),
                probe.line(),
                0,
                "found name "
                    + Quoted.of(probe.name())
                    + " again, expected one that is not taken by "
                    + other));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return List.copyOf(probes);
  }

  /// The probes of a text.
  ///
  /// @param name what errors call the text
  /// @param directory what paths in it are relative to
  /// @throws ConfigException with every problem found
  public static List<ProbeConfig> parse(String name, String text, Path directory) {
    return new ProbeFile(directory.toAbsolutePath().normalize()).probes(YamlFile.parse(name, text));
  }

  /// The probes of one file; paths in it are relative to its directory.
  static List<ProbeConfig> read(Path file) {
    Path parent = file.toAbsolutePath().normalize().getParent();
    return new ProbeFile(parent == null ? Path.of("/") : parent).probes(YamlFile.read(file));
  }

  private List<ProbeConfig> probes(YamlMap map) {
    var probes = new ArrayList<ProbeConfig>();
    var problems = new ArrayList<ConfigException.Problem>();
    for (YamlValue item : map.get("probes").map(YamlValue::asList).orElse(List.of())) {
      try {
        probes.add(probe(item.asMap()));
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    try {
      map.finish();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return probes;
  }

  private ProbeConfig probe(YamlMap map) {
    String name = map.require("name").asString();
    Labels labels = labels(map);
    Duration interval = map.duration("interval", INTERVAL);
    Duration timeout =
        map.duration("timeout", TIMEOUT.compareTo(interval) > 0 ? interval : TIMEOUT);
    int confirm = map.integer("confirm", 0);
    if (confirm > MAX_CONFIRM) {
      throw map.require("confirm").error("expected at most " + MAX_CONFIRM + ", found " + confirm);
    }
    Optional<YamlValue> http = map.get("http");
    Optional<YamlValue> tcp = map.get("tcp");
    for (String kind : List.of("dns", "icmp", "tls", "steps")) {
      map.unsupported(kind, "probes are http or tcp (with tls) for now");
    }
    map.finish();
    if (http.isPresent() == tcp.isPresent()) {
      throw map.error("expected one of http and tcp");
    }
    ProbeCheck check =
        http.map(value -> http(value.asMap())).orElseGet(() -> tcp(tcp.get().asMap()));
    try {
      return new ProbeConfig(
          map.file(), map.line(), name, labels, interval, timeout, confirm, check);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }

  private static Labels labels(YamlMap map) {
    var labels = Labels.builder();
    map.stringMap("labels")
        .forEach(
            (name, value) -> {
              if (!LabelName.isLegacy(name) || name.startsWith("__") || OWN_LABELS.contains(name)) {
                throw map.require("labels")
                    .error(
                        "found "
                            + Quoted.of(name)
                            + ", expected a label name other than job, instance, probe, phase");
              }
              labels.set(name, value);
            });
    return labels.build();
  }

  private ProbeCheck http(YamlMap map) {
    YamlValue urlValue = map.require("url");
    URI url = url(urlValue);
    String method =
        map.get("method")
            .map(
                value ->
                    value.parse(
                        "one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", ProbeFile::method))
            .orElse("GET");
    Map<String, String> headers = map.stringMap("headers");
    headers.forEach((name, value) -> checkHeader(map, name, value));
    String body = map.string("body", "");
    List<ProbeCheck.StatusRange> expected =
        map.list(
            "expected_status",
            value -> value.parse("a status such as 200, 2xx, 200-204", ProbeFile::statuses));
    List<JsonAssertion> json = map.list("json", ProbeFile::assertion);
    Optional<Pattern> matches = pattern(map, "body_matches");
    int maxBody =
        map.get("max_body")
            .map(value -> value.parse("a size such as 64KB or 1MB", ProbeFile::size))
            .orElse(MAX_BODY);
    boolean redirects = map.bool("follow_redirects", true);
    Optional<Path> token =
        map.get("bearer_token_file").map(value -> directory.resolve(value.asString()).normalize());
    TlsOptions tls = tls(map).orElse(TlsOptions.DEFAULT);
    ProbeCheck.IpFamily ip = ip(map);
    map.finish();
    if (method.equals("HEAD") && (!json.isEmpty() || matches.isPresent())) {
      throw map.error("HEAD has no body to assert on");
    }
    return new ProbeCheck.HttpCheck(
        url,
        method,
        headers,
        body,
        expected.isEmpty() ? List.of(new ProbeCheck.StatusRange(200, 299)) : expected,
        json,
        matches.orElse(null),
        maxBody,
        redirects,
        token.orElse(null),
        tls,
        ip);
  }

  private ProbeCheck tcp(YamlMap map) {
    String host = map.require("host").asString();
    YamlValue portValue = map.require("port");
    String send = map.string("send", "");
    Optional<Pattern> expect = pattern(map, "expect");
    boolean secure = map.bool("tls", false);
    Optional<TlsOptions> tls = tls(map);
    ProbeCheck.IpFamily ip = ip(map);
    map.finish();
    if (tls.isPresent() && !secure) {
      throw map.error("found tls_config without tls: true");
    }
    TlsOptions options = secure ? tls.orElse(TlsOptions.DEFAULT) : null;
    try {
      return new ProbeCheck.TcpCheck(
          host, portValue.asInt(), send, expect.orElse(null), options, ip);
    } catch (IllegalArgumentException e) {
      throw portValue.error(String.valueOf(e.getMessage()));
    }
  }

  private static URI url(YamlValue value) {
    String text = value.asString();
    String expected = "expected a URL such as http://host:8080/path, found " + Quoted.of(text);
    try {
      URI url = new URI(text);
      String scheme = String.valueOf(url.getScheme());
      boolean known = scheme.equals("http") || scheme.equals("https");
      if (!known || url.getHost() == null || url.getUserInfo() != null) {
        throw value.error(expected);
      }
      return url;
    } catch (URISyntaxException e) {
      throw value.error(expected + " (" + e.getMessage() + ")");
    }
  }

  private static String method(String text) {
    return switch (text) {
      case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" -> text;
      default -> throw new NumberFormatException(text);
    };
  }

  private static void checkHeader(YamlMap map, String name, String value) {
    boolean token = name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    boolean plain = value.chars().allMatch(c -> c >= ' ' && c != 0x7f);
    if (!token || !plain || OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
      throw map.require("headers")
          .error(
              "found header "
                  + Quoted.of(name)
                  + ", expected one that the prober does not set"
                  + " (a token goes into bearer_token_file)");
    }
  }

  private static ProbeCheck.StatusRange statuses(String text) {
    if (text.matches("[1-5]xx")) {
      int hundred = (text.charAt(0) - '0') * 100;
      return new ProbeCheck.StatusRange(hundred, hundred + 99);
    }
    String[] ends = text.split("-", 2);
    return new ProbeCheck.StatusRange(
        Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
  }

  private static JsonAssertion assertion(YamlValue item) {
    YamlMap map = item.asMap();
    JsonPath path = map.require("path").parse("a path such as $.data[0].name", JsonPath::parse);
    JsonAssertion.Operator operator =
        map.require("op")
            .parse("one of ==, !=, <, <=, >, >=, exists, matches", JsonAssertion.Operator::parse);
    String value =
        operator == JsonAssertion.Operator.EXISTS
            ? map.string("value", "true")
            : map.require("value").asString();
    map.finish();
    try {
      return JsonAssertion.of(path, operator, value);
    } catch (PatternSyntaxException e) {
      throw item.error("expected a regular expression (RE2): " + e.getDescription());
    } catch (IllegalArgumentException e) {
      throw item.error(e.getMessage() + ", found " + Quoted.of(value));
    }
  }

  private static Optional<Pattern> pattern(YamlMap map, String key) {
    return map.get(key)
        .map(
            value -> {
              try {
                return Re2.compile(value.asString(), Pattern.DOTALL);
              } catch (PatternSyntaxException e) {
                throw value.error("expected a regular expression (RE2): " + e.getDescription());
              }
            });
  }

  private static int size(String text) {
    String digits = text.replaceFirst("[KM]?B$", "");
    int shift = text.endsWith("KB") ? 10 : text.endsWith("MB") ? 20 : 0;
    int number = Integer.parseInt(digits);
    if (number < 1 || number > (64 << 20) >> shift) {
      throw new IllegalArgumentException("between 1B and 64MB");
    }
    return number << shift;
  }

  private Optional<TlsOptions> tls(YamlMap map) {
    return map.get("tls_config")
        .map(_ -> new HttpReader(directory, Set.of()).readTls(map, "tls_config"));
  }

  private static ProbeCheck.IpFamily ip(YamlMap map) {
    return map.get("ip")
        .map(
            value ->
                switch (value.asString()) {
                  case "any" -> ProbeCheck.IpFamily.ANY;
                  case "4" -> ProbeCheck.IpFamily.IP4;
                  case "6" -> ProbeCheck.IpFamily.IP6;
                  default ->
                      throw value.error(
                          "expected any, 4 or 6, found " + Quoted.of(value.asString()));
                })
        .orElse(ProbeCheck.IpFamily.ANY);
  }
}
