package io.pharos.probe;

import io.pharos.probe.expression.Type;
import io.pharos.probe.expression.Type.Fields;
import io.pharos.probe.expression.Type.ListOf;
import io.pharos.probe.expression.Type.Plain;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The variables that expressions may use, for each probe type.
final class ProbeVariables {
  private static final Type PHASES =
      new Fields(
          Arrays.stream(RequestPhase.values())
              .map(RequestPhase::label)
              .collect(Collectors.toMap(Function.identity(), _ -> Plain.NUMBER)));
  private static final Type CERTIFICATE =
      new Fields(
          Map.of(
              "expires_in", Plain.NUMBER,
              "subject", Plain.STRING,
              "issuer", Plain.STRING,
              "names", new ListOf(Plain.STRING),
              "chain", Plain.NUMBER));
  private static final Type STRINGS = new ListOf(Plain.STRING);
  private static final Type TLS =
      new Fields(Map.of("version", Plain.STRING, "cipher", Plain.STRING));

  private ProbeVariables() {}

  /// Returns the variables and their types.
  ///
  /// @param stored variables that earlier steps set, available as `vars.NAME`
  static Map<String, Type> of(ProbeCheck check, Set<String> stored) {
    if (check instanceof ProbeCheck.PushCheck || check instanceof ProbeCheck.SuiteCheck) {
      return Map.of();
    }
    var names = new HashMap<String, Type>(ofType(check));
    names.put("duration", Plain.NUMBER);
    names.put("phases", PHASES);
    if (!stored.isEmpty()) {
      names.put(
          "vars",
          new Fields(
              stored.stream().collect(Collectors.toMap(Function.identity(), _ -> Plain.ANY))));
    }
    return names;
  }

  private static Map<String, Type> ofType(ProbeCheck check) {
    return switch (check) {
      case ProbeCheck.HttpCheck _, ProbeCheck.WebSocketCheck _ ->
          withTlsFacts(
              Map.of(
                  "status", Plain.NUMBER,
                  "headers", STRINGS,
                  "body", Plain.ANY,
                  "text", Plain.STRING));
      case ProbeCheck.TcpCheck _, ProbeCheck.TlsCheck _ -> withTlsFacts(Map.of());
      case ProbeCheck.UdpCheck _ -> Map.of("text", Plain.STRING);
      case ProbeCheck.IcmpCheck _ -> Map.of("rtt", Plain.NUMBER, "address", Plain.STRING);
      case ProbeCheck.DnsCheck _ ->
          Map.of(
              "rcode", Plain.STRING,
              "answers", STRINGS,
              "ttl", Plain.NUMBER,
              "authoritative", Plain.BOOL);
      case ProbeCheck.SshCheck _ -> Map.of("banner", Plain.STRING);
      case ProbeCheck.PostgresCheck _ ->
          Map.of("value", Plain.ANY, "row", Plain.ANY, "rows", Plain.NUMBER);
      case ProbeCheck.RedisCheck _ -> withTlsFacts(Map.of("info", Plain.ANY, "value", Plain.ANY));
      case ProbeCheck.GrpcCheck _ ->
          withTlsFacts(
              Map.of("code", Plain.STRING, "message", Plain.STRING, "status", Plain.STRING));
      case ProbeCheck.PushCheck _, ProbeCheck.SuiteCheck _ -> Map.of();
    };
  }

  private static Map<String, Type> withTlsFacts(Map<String, Type> names) {
    var withTls = new HashMap<>(names);
    withTls.put("certificate", CERTIFICATE);
    withTls.put("tls", TLS);
    return withTls;
  }
}
