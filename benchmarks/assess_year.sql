-- One year of a network by hand: hourly rows to the rows `airshed assess --by city` prints.
-- {files}: the lake's Parquet files; {first}, {last}: bounds of the year in microseconds UTC; table member(id, city).
-- The numbers are those of HJ 633-2012, GB 3095-2012 and HJ 663-2013 as the law book has them.
with hours as (
  select city, start,
    avg(value) filter (variable = 'pm25') as pm25, avg(value) filter (variable = 'pm10') as pm10,
    avg(value) filter (variable = 'so2') as so2, avg(value) filter (variable = 'no2') as no2,
    avg(value) filter (variable = 'co') as co, avg(value) filter (variable = 'o3') as o3
  from read_parquet({files}) join member on place = id
  where variable in ('pm25', 'pm10', 'so2', 'no2', 'co', 'o3')
    and epoch_us(start) >= {first} and epoch_us(start) < {last}
    and ((flag & 1024) > 0 or (flag & 2063) = 0)
  group by all
),
timed as (
  select *, (epoch_us(start) + 28800000000) // 86400000000 as day,
    (epoch_us(start) + 28800000000) % 86400000000 // 3600000000 as hour
  from hours
),
sums as (
  select city, day,
    avg(pm25) as pm25, count(pm25) as n_pm25, avg(pm10) as pm10, count(pm10) as n_pm10,
    avg(so2) as so2, count(so2) as n_so2, avg(no2) as no2, count(no2) as n_no2, avg(co) as co, count(co) as n_co,
    {window_sums}
  from timed group by all
),
days as (
  select city, day,
    case when n_pm25 >= 20 then pm25 end as pm25, case when n_pm10 >= 20 then pm10 end as pm10,
    case when n_so2 >= 20 then so2 end as so2, case when n_no2 >= 20 then no2 end as no2,
    case when n_co >= 20 then co end as co,
    case when {windows} >= 14 or {greatest} > 160 then nullif({greatest}, -1) end as o3
  from sums
),
items as (unpivot days on pm25, pm10, so2, no2, co, o3 into name item value value),
breaks(item, lo, hi, ilo, ihi) as (
  select item, unnest(bp[:-2]), unnest(bp[2:]), unnest([0, 50, 100, 150, 200, 300, 400][:len(bp) - 1]),
    unnest([50, 100, 150, 200, 300, 400, 500][:len(bp) - 1])
  from (values ('pm25', [0, 35, 75, 115, 150, 250, 350, 500]), ('pm10', [0, 50, 150, 250, 350, 420, 500, 600]),
    ('so2', [0, 50, 150, 475, 800, 1600, 2100, 2620]), ('no2', [0, 40, 80, 180, 280, 565, 750, 940]),
    ('co', [0, 2, 4, 14, 24, 36, 48, 60]), ('o3', [0, 100, 160, 215, 265, 800])) as t(item, bp)
),
sub as (
  select i.city, i.day, i.item,
    b.ilo + ((b.ihi - b.ilo) * (round(i.value * 1000000)::bigint - b.lo * 1000000) + (b.hi - b.lo) * 1000000 - 1)
      // ((b.hi - b.lo) * 1000000) as iaqi
  from items i join breaks b
    on i.item = b.item and i.value <= b.hi and (i.value > b.lo or (b.lo = 0 and i.value = 0))
),
index as (
  select city, day, max(iaqi) as aqi, coalesce(max(iaqi) filter (item <> 'o3'), 0) as others from sub group by all
),
primary_days as (
  select city, count(*) filter (item = 'pm25') as primary_pm25, count(*) filter (item = 'pm10') as primary_pm10,
    count(*) filter (item = 'so2') as primary_so2, count(*) filter (item = 'no2') as primary_no2,
    count(*) filter (item = 'co') as primary_co, count(*) filter (item = 'o3') as primary_o3,
    count(*) filter (item = 'o3' and aqi > 100) as o3_exceedance_days
  from sub join index using (city, day) where iaqi = aqi and aqi > 50 group by all
),
counts as (
  select city, count(*) as valid_days, count(*) filter (aqi <= 100) as good_days,
    count(*) filter (aqi > 200) as heavy_days, count(*) filter (aqi <= 50) as level_1,
    count(*) filter (aqi between 51 and 100) as level_2, count(*) filter (aqi between 101 and 150) as level_3,
    count(*) filter (aqi between 151 and 200) as level_4, count(*) filter (aqi between 201 and 300) as level_5,
    count(*) filter (aqi > 300) as level_6, count(*) filter (aqi > 100 and others <= 100) as good_days_lost_to_o3
  from index group by all
),
statistics as (
  select city, avg(pm25) as pm25, quantile_cont(pm25, 0.95) as pm25_95, avg(pm10) as pm10,
    quantile_cont(pm10, 0.95) as pm10_95, avg(so2) as so2, quantile_cont(so2, 0.98) as so2_98, avg(no2) as no2,
    quantile_cont(no2, 0.98) as no2_98, quantile_cont(co, 0.95) as co, quantile_cont(o3, 0.90) as o3
  from days group by all
),
judged as (
  select *, round_even(so2, 0) / 60 + round_even(no2, 0) / 40 + round_even(pm10, 0) / 70 + round_even(pm25, 0) / 35
      + round_even(co, 1) / 4 + round_even(o3, 0) / 160 as composite,
    round_even(so2, 0) <= 60 and round_even(so2_98, 0) <= 150 and round_even(no2, 0) <= 40
      and round_even(no2_98, 0) <= 80 and round_even(pm10, 0) <= 70 and round_even(pm10_95, 0) <= 150
      and round_even(pm25, 0) <= 35 and round_even(pm25_95, 0) <= 75 and round_even(co, 1) <= 4
      and round_even(o3, 0) <= 160 as attains
  from statistics
)
select *, rank() over (order by round(composite, 9)) as rank, good_days / valid_days as good_share
from judged join counts using (city) join primary_days using (city) order by rank
