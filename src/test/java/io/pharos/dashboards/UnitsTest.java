package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
  @ParameterizedTest
  @CsvSource({
    "0, s, , 0 s",
    "0.0034, s, , 3.4 ms",
    "0.25, s, , 250 ms",
    "90, s, , 1.5 min",
    "259200, s, , 3 d",
    "1500, ms, , 1.5 s",
    "5, m, , 5 min",
    "0.0123, percentunit, , 1.23%",
    "0.5, percentunit, 1, 50.0%",
    "42.42, percent, , 42.4%",
    "1536, bytes, , 1.5 KiB",
    "1536, decbytes, , 1.54 kB",
    "2500000, Bps, , 2.5 MB/s",
    "1234567, short, , 1.23 Mil",
    "1234567, none, , 1234567",
    "12.345, reqps, , 12.3 req/s",
    "12345, ops, , 12.3 K ops/s",
    "71.5, celsius, , 71.5°C",
    "1200, watt, , 1.2 kW",
    "-0.5, s, , -500 ms",
    "1, bool_yes_no, , Yes",
    "1700000000000, dateTimeAsIso, , 2023-11-14 22:13:20",
    "3, suffix:GPUs, , 3 GPUs",
    "NaN, s, , NaN",
    "Infinity, s, , ∞",
  })
  void value_withUnit_isShownInASizeThatPeopleRead(
      double value, String unit, Integer decimals, String shown) {
    OptionalInt digits = decimals == null ? OptionalInt.empty() : OptionalInt.of(decimals);
    assertThat(Units.shown(value, unit, digits)).hasToString(shown);
  }
}
