package io.pharos.alerting.message;

import io.pharos.model.Labels;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The address of a runbook, with what its page needs to know of the alert that it is opened from.
///
/// The alert may be over by then, so its labels travel in the address. Only pages of this Pharos
/// get them: what others do with a query is not known.
public final class RunbookLink {
  /// The labels that runbooks can use, and so the parameters of their page.
  public static final List<String> LABELS =
      List.of(
          "instance",
          "host",
          "hostname",
          "Hostname",
          "node",
          "gpu",
          "device",
          "mountpoint",
          "xid",
          "probe",
          "job",
          "service",
          "exported_service",
          "integration",
          "receiver_name",
          "rule_group",
          "path");

  /// The longest value that travels; a longer one is left out.
  public static final int MAX_VALUE = 200;

  private RunbookLink() {}

  /// The address for an alert.
  ///
  /// @param url what the annotation says; where it is no page of ours it stays as it is
  /// @param externalUrl where Pharos is reached from outside, without a slash at the end
  public static String of(String url, String externalUrl, Labels labels) {
    if (!url.startsWith(externalUrl + "/runbooks/") || url.contains("?") || url.contains("#")) {
      return url;
    }
    var link = new StringBuilder(url);
    for (String name : LABELS) {
      String value = labels.get(name);
      if (!value.isEmpty() && value.length() <= MAX_VALUE) {
        link.append(link.length() == url.length() ? '?' : '&')
            .append(name)
            .append('=')
            .append(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
      }
    }
    return link.toString();
  }
}
