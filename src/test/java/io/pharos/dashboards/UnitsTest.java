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
    "-Infinity, s, , -∞",
    "0, bool, , False",
    "1, bool, , True",
    "0, bool_yes_no, , No",
    "0, bool_on_off, , Off",
    "2, bool_on_off, , On",
    "0, dateTimeAsIsoNoDateIfToday, , 1970-01-01 00:00:00",
    "1700000000000, dateTimeFromNow, , 2023-11-14 22:13:20",
    "1700000000000, dateTimeAsSystem, , 2023-11-14 22:13:20",
    "7200, rotrpm, , 7200 rpm",
    "350, lux, , 350 lx",
    "3, furlongs, , 3 furlongs",
    "1.5, '', , 1.5",
    "1.5, string, , 1.5",
    "123456, locale, , 123456",
    "3e12, ops, , 3000 B ops/s",
    "2048, kbytes, , 2 MiB",
    "5e18, decbytes, , 5000 PB",
    "1500, mhertz, , 1.5 GHz",
    "0.5, h, , 30 min",
    "2, d, , 2 d",
    "0, bytes, , 0 B",
    "0.00000001, none, 2, 0.00",
    "1.005, none, -3, 1",
  })
  void value_withUnit_isShownInASizeThatPeopleRead(
      double value, String unit, Integer decimals, String shown) {
    OptionalInt digits = decimals == null ? OptionalInt.empty() : OptionalInt.of(decimals);
    assertThat(Units.shown(value, unit, digits)).hasToString(shown);
  }
}
