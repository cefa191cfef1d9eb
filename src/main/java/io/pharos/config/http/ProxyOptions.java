package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

/// Through which HTTP proxy a server is reached: none, a given one, or what the environment says
/// (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`).
///
/// @param url the proxy as `http://host:port`; empty for none
/// @param noProxy hosts, domains, addresses and networks that are reached without it, separated by
///   commas
/// @param fromEnvironment whether the environment decides; then the others are empty
public record ProxyOptions(String url, String noProxy, boolean fromEnvironment) {
  public static final ProxyOptions NONE = new ProxyOptions("", "", false);

  public ProxyOptions {
    requireNonNull(url, "url is null");
    requireNonNull(noProxy, "noProxy is null");
    if (fromEnvironment && !(url.isEmpty() && noProxy.isEmpty())) {
      throw new IllegalArgumentException(
          "with proxy_from_environment neither proxy_url nor no_proxy may be given");
    }
    if (url.isEmpty() && !noProxy.isEmpty()) {
      throw new IllegalArgumentException("no_proxy needs proxy_url");
    }
  }
}
