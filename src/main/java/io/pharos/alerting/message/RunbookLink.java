package io.pharos.alerting.message;

import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import java.util.List;

/// Links to a runbook with the labels of the alert.
///
/// The alert may be over when the page is opened, so its labels are part of the URL. Only pages of
/// this Pharos get them, because other sites may misuse query parameters.
public final class RunbookLink {
  /// Labels that runbooks use: the parameters of their page.
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

  /// Maximum length of a label's value; longer ones are left out.
  public static final int MAX_VALUE = 200;

  private RunbookLink() {}

  /// Returns the URL for an alert.
  ///
  /// @param url value of the annotation; stays unchanged if it is not a page of this Pharos
  /// @param externalUrl external base URL of Pharos, without a slash at the end
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
            .append(LinkAddress.encoded(value));
      }
    }
    return link.toString();
  }
}
