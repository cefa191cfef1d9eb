package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.ProxyOptions;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyRulesTest {
  /// As Go's http proxy rules decide it: expected is the proxy's host, or nothing.
  @ParameterizedTest
  @CsvSource({
    "http://a.example/, '', proxy",
    "https://a.example/, '', proxy",
    "http://a.example/, *, ''",
    "http://a.example/, a.example, ''",
    "http://b.a.example/, a.example, ''",
    "http://ba.example/, a.example, proxy",
    "http://a.example/, .a.example, proxy",
    "http://b.a.example/, .a.example, ''",
    "http://b.a.example/, '*.a.example', ''",
    "http://a.example:81/, 'x, a.example:80', proxy",
    "http://a.example/, a.example:80, ''",
    "https://a.example/, a.example:443, ''",
    "http://10.1.2.3/, 10.0.0.0/8, ''",
    "http://11.1.2.3/, 10.0.0.0/8, proxy",
    "http://10.1.2.3/, 10.1.2.3, ''",
    "'http://[fd00::1]/', 'fd00::/8', ''",
    "http://10.1.2.3/, 10.0.0.0/99, proxy",
    "http://localhost/, '', proxy",
  })
  void noProxy_decideByHostPortAndNetwork(String url, String noProxy, String expected) {
    ProxySelector rules =
        ProxyRules.of(new ProxyOptions("http://proxy:3128", noProxy, false), Map.of())
            .orElseThrow();
    assertThat(host(rules, url)).isEqualTo(expected);
  }

  @Test
  void environment_namesAProxyForEachScheme() {
    var fromEnvironment = new ProxyOptions("", "", true);
    ProxySelector rules =
        ProxyRules.of(
                fromEnvironment,
                Map.of(
                    "http_proxy", "one:1", "HTTPS_PROXY", "http://two:2", "NO_PROXY", "x.example"))
            .orElseThrow();
    assertThat(host(rules, "http://a.example/")).isEqualTo("one");
    assertThat(host(rules, "https://a.example/")).isEqualTo("two");
    assertThat(host(rules, "https://x.example/")).isEmpty();
    assertThat(host(rules, "http://localhost/")).isEmpty();
    assertThat(host(rules, "http://127.0.0.9/")).isEmpty();
    assertThat(host(ProxyRules.of(fromEnvironment, Map.of()).orElseThrow(), "http://a/")).isEmpty();
    assertThatThrownBy(
            () -> ProxyRules.of(fromEnvironment, Map.of("HTTP_PROXY", "http://u:hush@p")))
        .hasMessageContaining("HTTP_PROXY")
        .hasMessageNotContaining("hush");
    assertThatThrownBy(() -> ProxyRules.of(fromEnvironment, Map.of("HTTP_PROXY", "socks5://p")))
        .hasMessageContaining("only HTTP proxies");
  }

  private static String host(ProxySelector rules, String url) {
    List<Proxy> proxies = rules.select(URI.create(url));
    return proxies.getFirst().address() instanceof InetSocketAddress address
        ? address.getHostString()
        : "";
  }
}
