package io.pharos.config.alertmanager;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.Channels;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeIntervalTest {
  private static boolean contains(String interval, String instant) {
    var config =
        Channels.parse(
            "a.yml",
            "route: {receiver: a}\nreceivers: [{name: a}]\n"
                + "time_intervals: [{name: t, time_intervals: [{"
                + interval
                + "}]}]",
            Path.of("/"));
    return config.timeIntervals().getFirst().contains(Instant.parse(instant));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "; 2026-03-02T10:00:00Z; true",
        "times: [{start_time: '09:00', end_time: '17:00'}]; 2026-03-02T09:00:00Z; true",
        "times: [{start_time: '09:00', end_time: '17:00'}]; 2026-03-02T08:59:59Z; false",
        "times: [{start_time: '09:00', end_time: '17:00'}]; 2026-03-02T16:59:59Z; true",
        "times: [{start_time: '09:00', end_time: '17:00'}]; 2026-03-02T17:00:00Z; false",
        "times: [{start_time: '23:00', end_time: '24:00'}]; 2026-03-02T23:59:59Z; true",
        "weekdays: [sunday]; 2026-03-01T10:00:00Z; true",
        "weekdays: ['monday:friday']; 2026-03-01T10:00:00Z; false",
        "weekdays: ['monday:friday']; 2026-03-06T10:00:00Z; true",
        "weekdays: ['Saturday']; 2026-03-07T10:00:00Z; true",
        "days_of_month: ['-1']; 2026-02-28T10:00:00Z; true",
        "days_of_month: ['-1']; 2028-02-28T10:00:00Z; false",
        "days_of_month: ['-1']; 2028-02-29T10:00:00Z; true",
        "days_of_month: ['1:31']; 2026-02-28T10:00:00Z; true",
        "days_of_month: ['31']; 2026-02-28T10:00:00Z; false",
        "days_of_month: ['-31:-1']; 2026-02-01T10:00:00Z; true",
        "days_of_month: ['5:-5']; 2026-03-27T10:00:00Z; true",
        "days_of_month: ['5:-5']; 2026-03-28T10:00:00Z; false",
        "days_of_month: ['27:-1']; 2026-02-28T10:00:00Z; true",
        "months: ['january:march']; 2026-03-02T10:00:00Z; true",
        "months: ['4', may]; 2026-03-02T10:00:00Z; false",
        "years: ['2024:2025']; 2026-03-02T10:00:00Z; false",
        "years: ['2026'], months: ['3'], weekdays: [tuesday]; 2026-03-02T10:00:00Z; false",
        "times: [{start_time: '19:00', end_time: '19:01'}], location: Asia/Tokyo; 2026-03-02T10:00:30Z; true",
        "times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin; 2026-03-29T00:30:00Z; false",
        "times: [{start_time: '03:00', end_time: '04:00'}], location: Europe/Berlin; 2026-03-29T01:30:00Z; true",
        "weekdays: [monday], location: Pacific/Kiritimati; 2026-03-01T12:00:00Z; true",
        "times: [{start_time: '10:00', end_time: '10:01'}], location: UTC; 2026-03-02T10:00:00Z; true",
      })
  void contains_fieldsAndZones_agree(String interval, String instant, boolean expected) {
    assertThat(contains(interval == null ? "" : interval, instant)).isEqualTo(expected);
  }

  @Test
  void contains_localZone_isTaken() {
    assertThat(contains("location: Local", "2026-03-02T10:00:00Z")).isTrue();
  }
}
