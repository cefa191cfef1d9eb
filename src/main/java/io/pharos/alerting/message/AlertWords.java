package io.pharos.alerting.message;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Converts an alert's name to words: `GpuXidHardware` to `GPU XID hardware`.
final class AlertWords {
  /// Spelling of abbreviations, by their lower-case letters.
  private static final Map<String, String> ABBREVIATIONS = new HashMap<>();

  static {
    List.of(
            "ACME", "API", "BGP", "BMC", "CDN", "CPU", "CRL", "DB", "DCGM", "DNS", "ECC", "GC",
            "GPU", "gRPC", "HTTP", "HTTPS", "ID", "IO", "IP", "IPMI", "JVM", "JWT", "K8s", "LDAP",
            "MIG", "MTU", "NFS", "NIC", "NTP", "NVLink", "NVMe", "OCSP", "OOM", "P50", "P90", "P95",
            "P99", "P999", "PCIe", "PSU", "QPS", "RAID", "RAM", "RPC", "RPS", "SLA", "SLI", "SLO",
            "SQL", "SSD", "SSH", "SSL", "SSO", "TCP", "TLS", "TSDB", "TTL", "UDP", "UPS", "URL",
            "VM", "VPN", "VRAM", "WAL", "XID")
        .forEach(word -> ABBREVIATIONS.put(word.toLowerCase(Locale.ROOT), word));
  }

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9]+");
  private static final Pattern BREAK =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

  private AlertWords() {}

  /// Returns an alert's name as words. A name with other characters than letters and digits stays
  /// unchanged.
  static String of(String alertName) {
    if (!PLAIN.matcher(alertName).matches()) {
      return alertName;
    }
    var words = new ArrayList<String>();
    for (String part : BREAK.split(alertName)) {
      words.addAll(split(part));
    }
    var text = new StringBuilder();
    for (String word : words) {
      text.append(text.isEmpty() ? "" : " ").append(spelled(word, text.isEmpty()));
    }
    return text.toString();
  }

  /// Splits a run of capitals into two known abbreviations: `GPUXID` to `GPU` and `XID`.
  private static List<String> split(String part) {
    if (part.length() > 3 && part.equals(part.toUpperCase(Locale.ROOT))) {
      for (int index = part.length() - 1; index > 1; index--) {
        if (isKnown(part.substring(0, index)) && isKnown(part.substring(index))) {
          return isKnown(part)
              ? List.of(part)
              : List.of(part.substring(0, index), part.substring(index));
        }
      }
    }
    return List.of(part);
  }

  private static boolean isKnown(String word) {
    return ABBREVIATIONS.containsKey(word.toLowerCase(Locale.ROOT));
  }

  private static String spelled(String word, boolean first) {
    String abbreviation = ABBREVIATIONS.get(word.toLowerCase(Locale.ROOT));
    if (abbreviation != null) {
      return abbreviation;
    }
    boolean capitals = word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
    return first || capitals ? word : word.toLowerCase(Locale.ROOT);
  }
}
