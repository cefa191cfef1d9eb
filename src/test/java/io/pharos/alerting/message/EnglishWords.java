package io.pharos.alerting.message;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Finds English in a text for Chinese readers.
///
/// English means two or more consecutive words in Latin letters. Text that is the same in every
/// language is removed first: addresses, label values, product names, abbreviations and units. A
/// single word between Chinese ones counts as a name.
public final class EnglishWords {
  private static final List<String> NAMES =
      List.of(
          "RemoteGPU",
          "Pharos",
          "Prometheus",
          "Alertmanager",
          "Grafana",
          "Redis",
          "PostgreSQL",
          "nginx",
          "Loki",
          "DCGM",
          "Uptime Kuma",
          "Node Exporter",
          "NVIDIA",
          "NVLink",
          "PCIe",
          "GPU",
          "XID",
          "ECC",
          "SLO",
          "API",
          "HTTP",
          "HTTPS",
          "TLS",
          "DNS",
          "CPU",
          "P95",
          "P99",
          "ms",
          "min",
          "GiB",
          "MiB",
          "kB",
          "MB",
          "GB",
          "W",
          "MHz",
          "5xx",
          "4xx");

  private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\"<>）)]+");
  private static final Pattern TAG = Pattern.compile("<[^>]*>|&[a-z]+;|&#\\d+;|\\\\[nrt]");
  private static final Pattern WORDS =
      Pattern.compile(
          "(?<![A-Za-z0-9_=/.-])[A-Za-z][a-z']*(?:[ ,]+[A-Za-z][a-z']*)+(?![A-Za-z0-9_=/-])");

  private EnglishWords() {}

  /// Returns the English passages.
  ///
  /// @param values label values, which are the same in every language
  public static List<String> in(String text, Collection<String> values) {
    String rest = ADDRESS.matcher(text).replaceAll("·");
    for (String value : values.stream().sorted((a, b) -> b.length() - a.length()).toList()) {
      rest = rest.replace(value, "·");
    }
    rest = TAG.matcher(rest).replaceAll("·");
    for (String name : NAMES) {
      rest = rest.replaceAll("(?<![A-Za-z])" + Pattern.quote(name) + "(?![A-Za-z])", "·");
    }
    return WORDS
        .matcher(rest)
        .results()
        .map(found -> found.group().toLowerCase(Locale.ROOT))
        .distinct()
        .toList();
  }
}
