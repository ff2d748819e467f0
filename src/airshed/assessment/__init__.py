"""What the numbers say: statistics, attainment, ranking, days, comparisons, trends."""

from airshed.assessment.assess import assess
from airshed.assessment.attainment import attainment, attainment_overall, exceedance_days
from airshed.assessment.composite import composite_index, sub_indices
from airshed.assessment.core import PeriodTables, Standard, assess_period
from airshed.assessment.daily import valid_items
from airshed.assessment.days import IndexSpan, day_counts, index_days
from airshed.assessment.dust import DustSeries, dust_excluded
from airshed.assessment.explain import explain_value
from airshed.assessment.notes import Note
from airshed.assessment.period import Period
from airshed.assessment.published import Fact, against_published, published_facts
from airshed.assessment.ranking import best, change_percent, rank_by_change, rank_by_level, worst
from airshed.assessment.report import Assessment
from airshed.assessment.restate import Restated, restate
from airshed.assessment.standards import standard_of
from airshed.assessment.statistics import city_statistics, percentile
from airshed.assessment.trend import Trend, spearman, trend

__all__ = [
    "Assessment",
    "DustSeries",
    "Fact",
    "IndexSpan",
    "Note",
    "Period",
    "PeriodTables",
    "Restated",
    "Standard",
    "Trend",
    "against_published",
    "assess",
    "assess_period",
    "attainment",
    "attainment_overall",
    "best",
    "change_percent",
    "city_statistics",
    "composite_index",
    "day_counts",
    "dust_excluded",
    "exceedance_days",
    "explain_value",
    "index_days",
    "percentile",
    "published_facts",
    "rank_by_change",
    "rank_by_level",
    "restate",
    "spearman",
    "standard_of",
    "sub_indices",
    "trend",
    "valid_items",
    "worst",
]
