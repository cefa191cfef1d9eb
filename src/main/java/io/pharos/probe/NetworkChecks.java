package io.pharos.probe;

import com.google.re2j.Pattern;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Reads the checks of protocols below the application layer.
///
/// @param keys shared keys
record NetworkChecks(CheckKeys keys) {
  ProbeCheck tcp(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map);
    String send = map.string("send", "");
    Optional<Pattern> expect = CheckKeys.pattern(map, "expect");
    Optional<TlsOptions> tls = keys.tlsIfOn(map);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.TcpCheck(server, send, expect.orElse(null), tls.orElse(null), ip);
  }

  ProbeCheck udp(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map);
    String send = map.require("send").asString();
    Optional<Pattern> expect = CheckKeys.pattern(map, "expect");
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.UdpCheck(server, send, expect.orElse(null), ip);
  }

  ProbeCheck icmp(YamlMap map) {
    String host = map.require("host").asString();
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.IcmpCheck(host, ip);
  }

  ProbeCheck dns(YamlMap map) {
    String host = map.require("server").asString();
    var server = new ProbeCheck.Server(host, CheckKeys.port(map, 53));
    String name =
        map.require("name").parse("a domain name such as example.org", NetworkChecks::name);
    String type =
        map.get("type")
            .map(value -> value.parse("a record type such as A or MX", NetworkChecks::type))
            .orElse("A");
    boolean recursion = map.bool("recursion", true);
    boolean tcp = map.bool("tcp", false);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.DnsCheck(server, name, type, recursion, tcp, ip);
  }

  private static String name(String text) {
    try {
      return Name.fromString(text, Name.root).toString();
    } catch (TextParseException _) {
      throw new NumberFormatException(text);
    }
  }

  private static String type(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    if (Type.value(upper) < 0 || upper.equals("AXFR") || upper.equals("IXFR")) {
      throw new NumberFormatException(text);
    }
    return upper;
  }

  ProbeCheck tls(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 443);
    TlsOptions tls = keys.tls(map).orElse(TlsOptions.DEFAULT);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.TlsCheck(server, tls, ip);
  }

  ProbeCheck grpc(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map);
    String service = map.string("service", "");
    Optional<TlsOptions> tls = keys.tlsIfOn(map);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.GrpcCheck(server, service, tls.orElse(null), ip);
  }

  ProbeCheck ssh(YamlMap map) {
    ProbeCheck.Server server = CheckKeys.server(map, 22);
    ProbeCheck.IpFamily ip = CheckKeys.ip(map);
    map.finish();
    return new ProbeCheck.SshCheck(server, ip);
  }
}
