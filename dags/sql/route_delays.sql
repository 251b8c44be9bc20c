-- One row a route: how many flights it had, and how late they arrived. Cancelled flights have no delay.
SELECT
  flights.origin,
  flights.dest,
  airports.name AS dest_name,
  COUNT(*) AS flights,
  COUNT(flights.arr_delay) AS arrived,
  ROUND(AVG(flights.arr_delay), 2) AS mean_delay_minutes,
  ROUND(PERCENTILE(flights.arr_delay, 0.9), 2) AS p90_delay_minutes,
  ROUND(AVG(CAST(flights.arr_delay > 15 AS INT)), 4) AS late_share
FROM lake.raw.flights AS flights
LEFT JOIN lake.raw.airports AS airports ON airports.faa = flights.dest
GROUP BY flights.origin, flights.dest, airports.name
