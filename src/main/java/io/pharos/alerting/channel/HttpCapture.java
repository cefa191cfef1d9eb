package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import java.util.SortedMap;
import java.util.TreeMap;

/// Takes calls in the place of their receivers: everything is made as if they left.
public interface HttpCapture {
  void take(Captured call);

  /// A call as it would have left.
  ///
  /// @param headers without those that the network adds
  record Captured(String method, String url, SortedMap<String, String> headers, String body) {
    public Captured {
      requireNonNull(method, "method is null");
      requireNonNull(url, "url is null");
      headers = new TreeMap<>(headers);
      requireNonNull(body, "body is null");
    }
  }
}
