package io.pharos.server.web.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeFormTest {
  static Stream<ProbeForm> probes() {
    return ProbeForm.all().stream().filter(ProbeForm::isProbe);
  }

  private static ProbeConfig read(String entry) {
    return ProbeFile.parse("x.yml", "probes:\n" + entry.indent(2), Path.of("probes")).getFirst();
  }

  @ParameterizedTest
  @MethodSource("probes")
  void entry_ofEachFormsExamples_isAValidProbe(ProbeForm form) {
    var values = new MultivaluedHashMap<String, String>();
    values.add("probe", "shop " + form.type());
    values.add("interval", "24h");
    form.fields().forEach(field -> values.add(field.key(), field.example()));

    assertThat(read(form.entry(values)).name()).isEqualTo("shop " + form.type());
  }

  @ParameterizedTest
  @MethodSource("probes")
  void entry_ofTheRequiredFields_isAValidProbe(ProbeForm form) {
    var values = new MultivaluedHashMap<String, String>();
    values.add("probe", "a");
    values.add("interval", "24h");
    form.fields().stream()
        .filter(ProbeForm.Field::isRequired)
        .forEach(field -> values.add(field.key(), field.example()));

    assertThat(read(form.entry(values)).name()).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<script>alert(1)</script>",
        "it's: {a: b} # no comment",
        "true",
        "null",
        "- x",
        "\u202egnp",
        "*a &b !c",
        "\"quoted\\n\"",
        "0x1F",
        "{#include base}"
      })
  void entry_hostileName_staysOneText(String name) {
    var values = new MultivaluedHashMap<String, String>();
    values.add("probe", name);
    values.add("host", "a");

    ProbeForm form = ProbeForm.of("icmp").orElseThrow();
    assertThat(read(form.entry(values)).name()).isEqualTo(name);
  }

  @Test
  void entry_lineBreakInAValue_isRefused() {
    var values = new MultivaluedHashMap<String, String>();
    values.add("probe", "a\n- name: b");

    assertThatThrownBy(() -> ProbeForm.of("icmp").orElseThrow().entry(values))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("line breaks");
  }

  @Test
  void entry_target_isAJsonGroup() {
    var values = new MultivaluedHashMap<String, String>();
    values.add("address", "10.0.0.5:9100");
    values.add("label", "env");
    values.add("value", "a \"b\"");

    assertThat(ProbeForm.of("target").orElseThrow().entry(values))
        .isEqualTo("{\"targets\": [\"10.0.0.5:9100\"], \"labels\": {\"env\": \"a \\\"b\\\"\"}}");
  }
}
